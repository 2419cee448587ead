"""The sample portfolio's log-ins, for the sign-in page."""

from django import template

from portfolio.desk.sample import demo_logins

register = template.Library()
register.simple_tag(demo_logins, name="demo_logins")
