"""Other ways to send, which lose or repeat under the same kills. They show that the harness would tell."""

from tests.faults.worker import meet, now


def _write(message):
    from portfolio.outbox import kinds
    from portfolio.outbox.letter import mail_from

    return mail_from(kinds.write(message, now()), message)


def mark_first() -> None:
    """Mark a message as sent, then send it: a kill between the two loses the mail."""
    from portfolio.outbox.models import Message
    from portfolio.outbox.route import Route

    route = Route()
    while message := Message.objects.unsent().select_related("person").order_by("pk").first():
        Message.objects.filter(pk=message.pk).update(state="sent")
        route.send(_write(message))


def mark_at_the_end() -> None:
    """Send everything, then mark everything: a kill repeats all that was sent before it."""
    from portfolio.outbox.models import Message
    from portfolio.outbox.route import Route

    route = Route()
    waiting = list(Message.objects.unsent().select_related("person").order_by("pk"))
    for message in waiting:
        route.send(_write(message))
    Message.objects.filter(pk__in=[message.pk for message in waiting]).update(state="sent")


def without_taking() -> None:
    """Send what is queued without taking it first: workers side by side send the same mail.

    All have read which message comes first before any of them sends it.
    """
    from portfolio.outbox.models import Message
    from portfolio.outbox.route import Route

    route, is_first = Route(), True
    while message := Message.objects.filter(state="queued").select_related("person").order_by("pk").first():
        if is_first:
            meet()
        is_first = False
        route.send(_write(message))
        Message.objects.filter(pk=message.pk).update(state="sent")
