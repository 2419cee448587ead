"""Signs the definition of a KPI: what counts is who agreed to which version of it (S3-20)."""

from dataclasses import dataclass
from datetime import date

from kpis.models import Kpi, KpiVersion, SignOff
from pilots.access.models import Role, User
from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.actions.evidence import faults_of_link
from pilots.actions.owner_held import hold_named
from pilots.actions.production_rules import versions
from pilots.calendar import EARLIEST, Day
from pilots.models import Owner, Ownership, Pilot

LONGEST_TEXT = 500


@dataclass(frozen=True, kw_only=True)
class SignKpi:
    """An agreement to version `version_number`, the one in force.

    `signer` left out is whoever asks. For somebody else `link` or `text` names the paper they signed.
    `signed_on` left out is today. `version` is that of the pilot as it was read.
    """

    kpi: Kpi
    version_number: int
    signer: Owner | None = None
    signed_on: date | None = None
    link: str = ""
    text: str = ""
    version: int | None = None


def sign_kpi(sign: SignKpi, *, by: By) -> SignOff:
    """Write down who agreed; nobody edits or withdraws it, and a changed definition makes it stale.

    A business owner of the pilot signs for themself. A manager notes what a business owner signed on
    paper. Raises `Forbidden` for anybody else, `Refused` for a version that is not in force and for a
    signature that is there, and `Kpi.DoesNotExist` for one that was removed meanwhile.
    """
    refuse_unstorable({"link": sign.link, "text": sign.text})
    pilot = Pilot(pk=sign.kpi.pilot_id)
    with changing([pilot], deed=Deed.SIGN_KPI, by=by, versions=versions(pilot, sign.version)) as change:
        pilot = change.pilots[pilot.pk]
        kpi = Kpi.objects.get(pk=sign.kpi.pk, pilot=pilot)
        newest = _in_force(kpi, sign.version_number)
        signer = _signer(sign, pilot, by=by)
        signed_on = sign.signed_on or by.today(pilot.program)
        _check(sign, signed_on, by.today(pilot.program))
        if newest.sign_offs.filter(signer=signer).exists():
            raise Refused.because(f"{signer} has signed this version already.", field="signer", code="signed")
        hold_named([signer.pk])
        row = SignOff.objects.create(
            version=newest,
            signer=signer,
            signed_on=signed_on,
            link=_web(sign.link),
            text=sign.text.strip(),
            recorded_by=by.user,
            recorded_at=by.at,
        )
        change.record(
            pilot,
            "kpi.signed",
            after={
                "kpi": kpi.name,
                "version": newest.number,
                "signer": signer.name,
                "signed_on": signed_on.isoformat(),
                # Told apart in history: signed by themself, or noted from paper.
                "noted": by.user is None or signer.user_id != by.user.pk,
            },
        )
    return row


def business_owners(pilot: Pilot) -> list[Owner]:
    """Return who can sign: those who answer for the business side of a pilot and are there, by name."""
    held = Ownership.objects.active().there().filter(pilot=pilot, role=OwnerRole.BUSINESS_OWNER.value)
    named = Owner.objects.filter(pk__in=held.values("owner")).select_related("user")
    return list(named.order_by("name", "pk"))


def own_signature(pilot: Pilot, user: User) -> Owner | None:
    """Return as whom somebody signs for themself: a business owner who accepted, or acts for one."""
    held = Ownership.objects.accepted_by(user).filter(pilot=pilot, role=OwnerRole.BUSINESS_OWNER.value)
    return Owner.objects.filter(pk__in=held.values("owner")).order_by("pk").first()


def _in_force(kpi: Kpi, number: int) -> KpiVersion:
    if kpi.retired_on is not None:
        raise Refused.because("It is retired. Bring it back before somebody signs it.", code="retired")
    newest = KpiVersion.objects.filter(kpi=kpi).order_by("-number")[0]
    if newest.number != number:
        sentence = (
            f"Version {newest.number} is in force, and this is version {number}. "
            "Read what it says now, then sign."
        )
        raise Refused.because(sentence, field="version_number", code="not-in-force")
    return newest


def _signer(sign: SignKpi, pilot: Pilot, *, by: By) -> Owner:
    """Return who signs: oneself as a business owner, or the one whose paper is noted."""
    if by.user is None:
        if sign.signer is None or sign.signer.program_id != pilot.program_id:
            raise Refused.because("Say who of this program signed.", field="signer", code="required")
        return sign.signer
    oneself = own_signature(pilot, by.user)
    if oneself is not None and sign.signer in (None, oneself):
        return oneself
    if oneself is not None and not _manages(pilot, by.user):
        raise Forbidden("You may sign for yourself alone. A manager notes what others signed on paper.")
    owners = business_owners(pilot)
    if sign.signer is None:
        sentence = (
            "You are not its business owner. Say which of them signed."
            if owners
            else "Nobody is named as its business owner, so nobody can sign. Name one first."
        )
        raise Refused.because(sentence, field="signer", code="required")
    if sign.signer not in owners:
        sentence = f"{sign.signer} is not a business owner of {pilot.key}. Name them as one first."
        raise Refused.because(sentence, field="signer", code="not-business-owner")
    if not sign.link.strip() and not sign.text.strip():
        sentence = "Give a link to what was signed, or say where it is kept."
        raise Refused.because(sentence, field="link", code="required")
    return sign.signer


def _manages(pilot: Pilot, user: User) -> bool:
    return user.memberships.filter(program=pilot.program_id, role=Role.MANAGER.value).exists()


def _web(link: str) -> str:
    """Return a link with its scheme in small letters, as the database knows it."""
    scheme, colon, rest = link.strip().partition(":")
    return f"{scheme.lower()}{colon}{rest}"


def _check(sign: SignKpi, signed_on: date, today: date) -> None:
    reasons = faults_of_link(sign.link)
    text = sign.text.strip()
    if len(text) > LONGEST_TEXT:
        sentence = f"Write at most {LONGEST_TEXT} characters; these are {len(text):,}."
        reasons.append(Reason(sentence, "text", "length"))
    if signed_on < EARLIEST:
        reasons.append(Reason(f"{Day(signed_on)} is before 1990.", "signed_on", "year"))
    if signed_on > today:
        reasons.append(Reason(f"{Day(signed_on)} has not come yet.", "signed_on", "future"))
    if reasons:
        raise Refused(reasons)
