from django.db import models

from pilots.access.models.user import User


class IdempotencyKey(models.Model):
    """The answer to a request that carried an `Idempotency-Key`, kept so that a repeat changes nothing.

    The row is written in the transaction of what the request did, so neither exists without the other.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    caller = models.CharField(max_length=128, help_text="The digest of the token, or “session”.")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="Of method, address and body.")
    kept_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "caller", "key"], name="idempotency_key_once"),
        ]
        indexes = [models.Index(fields=["kept_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return self.key
