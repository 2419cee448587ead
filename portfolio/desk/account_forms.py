"""allauth's forms in our words: labels stand above the controls, so nothing is repeated inside them."""

from typing import Any

from allauth.account import forms
from django.http import HttpRequest

from pilots.actions.bell import ring_soon


class _PlainWords:
    """Takes the placeholders out, spells the labels our way and says what to write."""

    labels = {
        "login": "E-mail",
        "email": "E-mail",
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password, once more",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]  # set by Form.__init__
        for name, field in fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.error_messages["required"] = f"Write your {field.label[0].lower()}{field.label[1:]}."


class SignInForm(_PlainWords, forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    pass


class ChangePasswordForm(_PlainWords, forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPasswordForm(_PlainWords, forms.SetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(_PlainWords, forms.ResetPasswordForm):  # type: ignore[misc]
    def save(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Ring whether or not there is such an account: the time it takes tells nobody which."""
        saved = super().save(request, **kwargs)
        ring_soon()
        return saved


class ResetPasswordKeyForm(_PlainWords, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(_PlainWords, forms.ReauthenticateForm):  # type: ignore[misc]
    pass
