"""Where a form leads back to: the page it was opened from, as long as that page is one of ours."""

from django.utils.http import url_has_allowed_host_and_scheme

from pilots.web.http import UserRequest

NAME = "next"


def way_back(request: UserRequest, default: str) -> str:
    """Return the address the form carries, if it stays on this site; else `default`."""
    asked = request.POST.get(NAME) or request.GET.get(NAME, "")
    # Only a path of our own: an address that begins with two slashes names another host.
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(
        asked, allowed_hosts=None, require_https=request.is_secure()
    )
    return asked if is_ours else default
