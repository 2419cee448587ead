"""One's own tokens: what tools read and write with. Making one, and revoking it."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from pilots.access.models import ApiToken, User
from pilots.actions.account import create_token, revoke_token
from pilots.forms.token import OwnTokenForm
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.token_rows import TokenRow, token_rows


def _may_change(request: HttpRequest) -> bool:
    """Whether a token is asked for that may change things: then Headway makes sure who asks."""
    return request.method == "POST" and request.POST.get("may") == "write"


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(enabled=_may_change)  # type: ignore[untyped-decorator]  # allauth has no types
@translating
def tokens(request: UserRequest) -> HttpResponseBase:
    """Show one's tokens, and make another. Its secret stands in this one answer, and nowhere else."""
    form = OwnTokenForm(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        secrets: list[str] = []
        if carried_out(form, lambda: secrets.append(_made(request, form))):
            context = {"name": form.cleaned_data["name"], "secret": secrets[0]}
            response = TemplateResponse(request, "desk/token_made.html", context)
            add_never_cache_headers(response)
            return response
    return TemplateResponse(request, "desk/tokens.html", {"form": form, "rows": _rows(request.user)})


def _made(request: UserRequest, form: OwnTokenForm) -> str:
    _, secret = create_token(
        user=request.user,
        name=form.cleaned_data["name"],
        scopes=form.scopes,
        programs=list(form.cleaned_data["programs"]),
        pilot_ids=form.pilot_ids,
        lifetime=form.lifetime,
        by=by_web(request),
    )
    return secret


def _rows(user: User) -> list[TokenRow]:
    own = ApiToken.objects.filter(user=user).order_by("-created", "token_key")
    return token_rows(list(own), user, now=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def token_revoke(request: UserRequest, start: str) -> HttpResponseBase:
    """Ask once, and end a token."""
    token = ApiToken.objects.filter(user=request.user, token_key=start).select_related("user").first()
    if token is None:
        raise Http404
    if request.method == "POST":
        try:
            revoke_token(token, by=by_web(request))
        except ApiToken.DoesNotExist as gone:
            raise Http404 from gone
        messages.success(request, f"“{token.name}” is revoked: it opens nothing any longer.")
        return redirect("account_tokens")
    [row] = token_rows([token], request.user, now=timezone.now())
    return TemplateResponse(request, "desk/token_revoke.html", {"row": row})
