"""What the words in columns mean, in English, German, French and Spanish. What is not listed is asked.

Left out on purpose, since they mean different stages in different houses: in progress, active, running,
completed, done, closed, ended, implementation, deployment, MVP.
"""

import re
from collections.abc import Mapping
from typing import Any

from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from portfolio.exchange.guessing.spelling import all_spelt, spelt
from portfolio.exchange.list_cells import phrases

STAGES = {
    Stage.IDEA: """
        idea, ideation, idea phase, idea stage, proposed, proposal, submitted, requested, new, backlog,
        concept, concept phase, initiated, initiation, planned, planning, discovery, exploration, exploring,
        scoping, intake, under consideration, not started, not yet started, not started yet, candidate,
        draft, wishlist, planned not in production, idee, ideenphase, vorgeschlagen, neu, eingereicht,
        konzept, konzeptphase, geplant, in planung, planung, noch nicht begonnen, nicht begonnen, idée,
        proposé, proposée, proposition, à l'étude, nouveau, prévu, planifié, cadrage, idéation, non démarré,
        propuesta, propuesto, planificado, planificación, nuevo, en estudio, ideación, no iniciado, concepto
        """,
    Stage.CHARTERED: """
        approved, chartered, accepted, greenlit, green light, funded, ready to start, approved to start,
        approved for pilot, authorised, authorized, genehmigt, freigegeben, bewilligt, beauftragt, approuvé,
        approuvée, accepté, aprobado, aprobada, aceptado
        """,
    Stage.PILOTING: """
        pilot, piloting, pilots, in pilot, pilot phase, pilot stage, pilot running, pilot in progress, pilot
        ongoing, this is a pilot initiative, poc, in poc, poc phase, proof of concept, proof of concept
        phase, proof of value, pov, prototype, prototyping, trial, in trial, testing, test, in test, test
        phase, experiment, experimentation, experimenting, development, in development, under development,
        initial development, development not in production, build, building, in build, acquisition and or
        development, development and acquisition, pilotierung, in pilotierung, pilotphase, im pilot,
        pilotbetrieb, erprobung, in erprobung, testphase, im test, in entwicklung, entwicklung, prototyp,
        machbarkeitsnachweis, pilote, en pilote, phase pilote, en phase pilote, pilote en cours,
        expérimentation, en expérimentation, preuve de concept, en test, tests, en développement,
        développement, en cours de développement, essai, piloto, en piloto, fase piloto, en fase piloto,
        piloto en curso, prueba de concepto, prototipo, en pruebas, pruebas, en desarrollo, desarrollo,
        experimentación
        """,
    Stage.PROVEN: """
        proven, validated, value proven, pilot successful, successful pilot, bewährt, erfolgreich pilotiert,
        nachgewiesen, prouvé, probado
        """,
    Stage.TRANSITION: """
        90-day plan, 90 day plan, transition, in transition, transition to production, handover,
        industrialisation, industrialization, industrialising, productionising, productionizing, übergabe,
        überführung, industrialisierung, passage en production, industrialización, transición
        """,
    Stage.LIMITED: """
        limited go-live, limited, limited live, limited release, limited rollout, soft launch, beta, beta
        release, partial rollout, partially live, rollout, roll out, in rollout, rolling out, implementation
        and assessment, im rollout, eingeschränkt live, teilweise live, teilweise produktiv, in einführung,
        déploiement limité, déploiement partiel, en cours de déploiement, despliegue parcial, en despliegue,
        lanzamiento limitado
        """,
    Stage.PRODUCTION: """
        production, in production, live, go live, gone live, is live, productive, operational, operation,
        operations, in operation, in operations, operation and maintenance, operations and maintenance,
        operation and management, o&m, deployed, fully deployed, deployed in production, in use, in-use, in
        service, launched, released, rolled out, in mission, fully live, bau, business as usual, produktiv,
        in produktion, im betrieb, in betrieb, produktivbetrieb, regelbetrieb, im einsatz, live geschaltet,
        ausgerollt, eingeführt, produktion, en production, mis en production, opérationnel, déployé, en
        service, en exploitation, en producción, producción, operativo, en operación, desplegado, implantado
        """,
    Stage.SUSTAINED: "value held, held, sustained, value sustained, sustaining",
    Stage.STOPPED: """
        stopped, cancelled, canceled, abandoned, aborted, rejected, declined, dropped, killed, no go, not
        pursued, withdrawn, failed, stopped before production, abgebrochen, gestoppt, abgelehnt, verworfen,
        gescheitert, arrêté, abandonné, annulé, rejeté, refusé, cancelado, cancelada, abandonado, rechazado,
        descartado
        """,
    Stage.RETIRED: """
        retired, decommissioned, sunset, sunsetted, end of life, eol, phased out, switched off, stillgelegt,
        ausser betrieb, abgeschaltet, décommissionné, hors service, retiré, retirado, fuera de servicio,
        dado de baja
        """,
}
HELD = all_spelt(
    """
    on hold, hold, paused, pause, suspended, deferred, postponed, parked, delayed, blocked, frozen, waiting,
    pausiert, ruht, ruhend, zurückgestellt, angehalten, verschoben, gestundet, wartet, en pause, suspendu,
    reporté, gelé, en attente, en espera, pausado, suspendido, aplazado, pospuesto
    """
)
LIGHTS = all_spelt(
    """
    red, amber, yellow, green, grey, gray, on track, at risk, off track, delayed, rot, gelb, grün, rouge,
    orange, vert, jaune, rojo, amarillo, verde, ámbar
    """
)
_RISKS = {
    RiskTier.MINIMAL: """
        minimal, minimal risk, minimal or no risk, no or minimal risk, minimales risiko, risque minimal,
        riesgo mínimo, mínimo
        """,
    RiskTier.LIMITED: """
        limited, limited risk, transparency, transparency risk, begrenzt, begrenztes risiko, limité, risque
        limité, limitado, riesgo limitado
        """,
    RiskTier.HIGH: """
        high, high risk, hoch, hohes risiko, hochrisiko, élevé, haut risque, risque élevé, alto, alto riesgo
        """,
    RiskTier.PROHIBITED: """
        prohibited, prohibited practice, unacceptable, unacceptable risk, banned, verboten, inakzeptabel,
        unannehmbar, interdit, inacceptable, risque inacceptable, prohibido, inaceptable
        """,
}
# Words of other scales; they say something, but not a tier of the AI Act.
OTHER_RISKS = all_spelt(
    """
    low, low risk, medium, medium risk, moderate, niedrig, gering, mittel, faible, modéré, moyen, bajo,
    medio, none, neither, both, rights impacting, safety impacting, not classified, unclassified, very high,
    critical
    """
)
_HOW_BUILT = {
    HowBuilt.OWN: """
        own, build, built, built here, built in house, in house, inhouse, developed in house, internal,
        internally built, make, custom, custom built, self built, eigenentwicklung, eigen, intern, selbst
        entwickelt, interne, développé en interne, développement interne, interno, desarrollo interno,
        desarrollo propio
        """,
    HowBuilt.BOUGHT: """
        buy, bought, purchased, vendor, vendor product, off the shelf, cots, commercial, saas, procured,
        external, gekauft, zugekauft, kauf, fremd, extern, standardsoftware, achat, acheté, externe, sur
        étagère, compra, comprado, externo
        """,
    HowBuilt.CONFIGURED: """
        configured, bought and configured, configure, customised, customized, buy and configure, build and
        buy, hybrid, mixed, angepasst, konfiguriert, configuré, hybride, híbrido, configurado, mixto
        """,
}
YES = phrases("yes, y, true, x, 1, ja, j, oui, o, sí, si, s, wahr, vrai, verdadero, ✓, ✔")
NO = phrases("no, n, false, 0, nein, non, falsch, faux, falso, ✗")
EMPTY = phrases(
    """
    n/a, na, n.a., n. a., #n/a, n/d, nan, -, --, ---, –, —, ?, ??, ???, ..., …, tbd, tbc, tba, t.b.d.,
    t.b.c., unknown, none, null, nil, not applicable, not available, not known, not provided, to be
    determined, to be confirmed, to be defined, k.a., k. a., ka, keine angabe, unbekannt, nicht bekannt,
    inconnu, non renseigné, sans objet, s/o, à définir, non applicable, desconocido, no aplica, sin datos,
    por definir
    """
)
# Beside these, “NA” is North America.
REGIONS = phrases("emea, apac, latam, eu, europe, asia, amer, us, uk")
UNITS_OF_MEASURE = phrases(
    """
    %, percent, min, mins, minutes, h, hrs, hours, days, d, weeks, s, sec, seconds, €, eur, $, usd, £, gbp,
    chf, k€, count, number, points, score, fte, pcs, prozent, minuten, stunden, tage, stück, anzahl, jours,
    heures, nombre, pourcent, días, horas, minutos, ratio, ms, per day, per week, per month, cases, calls
    """
)

_NUMBERED = re.compile(
    r"^\W*(?:[a-z]\)\s+|(?:(?:phase|stage|step|stufe|étape|etape|fase|etapa)\s*)?\d{1,2}"
    r"(?!\d|-day|\s*day)[\s.):–-]*)",
    re.IGNORECASE,
)
# Only a date may be left aside: “Live (planned)” is not live.
_BESIDE = re.compile(r"\s*[(\[][\dQqHhFfYy\s./%-]*[)\]]\s*$")


def _by_word(words: Mapping[Any, str]) -> dict[str, str]:
    return {word: str(meaning) for meaning, text in words.items() for word in all_spelt(text)}


_STAGE_OF = _by_word(STAGES) | {
    spelt(name): stage.value for stage in Stage for name in (stage.value, stage.label, stage.short_label)
}
_RISK_OF = _by_word(_RISKS) | {
    spelt(name): tier.value for tier in RiskTier for name in (tier.value, tier.label)
}
_HOW_BUILT_OF = _by_word(_HOW_BUILT) | {
    spelt(name): how.value for how in HowBuilt for name in (how.value, how.label)
}


def stage_of(word: str) -> str:
    """Return the code of the stage a word means everywhere, or "". `3 - Pilot` and `Pilot (Q3)` are Pilot."""
    return _meaning(word, _STAGE_OF)


def is_hold(word: str) -> bool:
    return any(spelt(form) in HELD for form in _forms(word))


def risk_of(word: str) -> str:
    return _meaning(word, _RISK_OF)


def how_built_of(word: str) -> str:
    return _meaning(word, _HOW_BUILT_OF)


def _meaning(word: str, meanings: Mapping[str, str]) -> str:
    return next((meanings[spelt(form)] for form in _forms(word) if spelt(form) in meanings), "")


def _forms(word: str) -> tuple[str, ...]:
    """Return a word as it stands, without its number, and without what stands in brackets behind it."""
    bare = _NUMBERED.sub("", word)
    return tuple(dict.fromkeys(form for form in (word, bare, _BESIDE.sub("", bare)) if form.strip()))
