"""What columns are called in English, German, French and Spanish, by the code of what they mean.

Titles are brought to one spelling first, so plural, case, accents and punctuation make no difference.
"""

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from portfolio.exchange.guessing.spelling import all_spelt

_OF_PILOT = {
    "name": """
        name, title, pilot, pilot name, pilot title, project, project name, project title, use case, use
        case name, use case title, usecase, usecase name, initiative, initiative name, solution, solution
        name, tool, tool name, application, application name, product, product name, experiment, idea, idea
        title, ai use case, ai system, ai project, ai initiative, poc name, name of pilot, what, projekt,
        projektname, projekttitel, bezeichnung, titel, vorhaben, anwendungsfall, anwendung, lösung,
        werkzeug, ki projekt, ki anwendung, pilotprojekt, projektbezeichnung, nom, nom du projet, intitulé,
        intitulé du projet, projet, cas d'usage, titre, titre du projet, outil, libellé, pilote, nom du
        pilote, nombre, nombre del proyecto, proyecto, título, título del proyecto, caso de uso, iniciativa,
        herramienta, denominación, piloto, nombre del piloto
        """,
    "reference": """
        id, key, identifier, ref, reference, reference number, no, nr, number, code, project id, pilot id,
        use case id, usecase id, project no, project number, project key, project code, ticket, jira, jira
        key, jira id, issue key, inventory id, record id, unique id, #, kennung, kürzel, projektnummer,
        projekt nr, projekt id, nummer, lfd nr, laufende nummer, vorgangsnummer, identifiant, réf,
        référence, numéro, numéro de projet, n, clé, code projet, id projet, identificador, número, número
        de proyecto, clave, código, código de proyecto, referencia
        """,
    "problem": """
        problem, problem statement, business problem, description, short description, project description,
        use case description, summary, purpose, intended purpose, goal, objective, aim, need, business need,
        pain point, challenge, background, benefit, expected benefit, business value, why, what for, what it
        is for, what it does, what it do, what is it for, what does it do, what it should do, use case
        summary, beschreibung, kurzbeschreibung, projektbeschreibung, ziel, zielsetzung, zweck, nutzen,
        problemstellung, problembeschreibung, ausgangslage, anlass, inhalt, objectif, problème,
        problématique, but, besoin, enjeu, finalité, résumé, contexte, bénéfice attendu, descripción,
        objetivo, problema, necesidad, propósito, finalidad, resumen, contexto, beneficio
        """,
    "stage": """
        stage, status, state, phase, project status, project stage, project phase, pilot status, pilot
        stage, current status, current stage, current phase, lifecycle, lifecycle stage, life cycle, life
        cycle stage, stage of development, stage of dev, dev stage, development stage, development status,
        maturity, maturity stage, implementation status, stand, stadium, projektphase, projektstatus,
        projektstand, lebenszyklus, umsetzungsstand, reifegrad, umsetzungsstatus, statut, étape, état,
        stade, avancement, état d'avancement, statut du projet, phase du projet, estado, etapa, fase,
        situación, estatus, estado del proyecto, fase del proyecto
        """,
    "program": """
        program, programme, program name, portfolio, agency, ministry, programm, portefeuille, programa,
        cartera
        """,
    "prefix": "program abbreviation, program prefix, agency abbreviation",
    "unit": """
        agency, unit, business unit, department, division, bureau, office, team, business area, domain,
        area, function, org unit, organisation, organization, organisational unit, directorate, branch, line
        of business, lob, business line, entity, department name, sub agency, component, abteilung, bereich,
        geschäftsbereich, fachbereich, einheit, organisationseinheit, ressort, sparte, amt, direction,
        département, service, unité, entité, pôle, métier, filiale, departamento, área, unidad, unidad de
        negocio, dirección, división, gerencia, entidad
        """,
    "vendor": """
        vendor, vendor name, supplier, supplier name, provider, manufacturer, technology partner, vendor
        partner, lieferant, anbieter, hersteller, dienstleister, fournisseur, prestataire, éditeur,
        proveedor, fabricante
        """,
    "contract": """
        contract, contract no, contract number, contract id, purchase order, po number, po no, piid,
        procurement instrument identifier, vertrag, vertragsnummer, vertrags nr, bestellnummer, contrat,
        numéro de contrat, bon de commande, contrato, número de contrato, orden de compra
        """,
    "risk": """
        risk, risk tier, risk level, risk class, risk category, risk classification, risk rating, ai act
        class, ai act, eu ai act, ai act risk, ai act category, ai act classification, impact type, impact
        level, risiko, risikoklasse, risikostufe, risikoeinstufung, risikokategorie, ki vo klasse, risque,
        niveau de risque, classe de risque, catégorie de risque, riesgo, nivel de riesgo, clase de riesgo,
        clasificación de riesgo
        """,
    "how_built": """
        how built, build or buy, build buy, build vs buy, make or buy, make buy, sourcing, built or bought,
        source type, development method, delivery model, fertigung, eigenentwicklung, eigen oder fremd,
        bezugsart, mode de réalisation, mode de développement, modo de desarrollo, tipo de desarrollo
        """,
    "decide_by": """
        decide by, deadline, decision due, decision date, decision deadline, decision by, go no go, go no go
        date, decision point, next decision, entscheidung bis, entscheidungsdatum, entscheidungstermin,
        entscheid bis, date de décision, décision avant, décider avant, fecha de decisión, decidir antes
        """,
    "tags": """
        tag, label, keyword, category, topic, topic area, use case topic area, theme, technology, ai type,
        type of ai, technique, capability, schlagwort, schlagworte, stichwort, stichworte, kategorie, thema,
        themen, technologie, mot clé, étiquette, catégorie, thème, etiqueta, palabra clave, categoría, tema
        """,
    "confidential": """
        confidential, is confidential, confidentiality, vertraulich, geheim, confidentiel, confidencial
        """,
}
_DATES = {
    Stage.IDEA: """
        date initiated, initiated, initiated on, idea date, date submitted, submitted, submitted on,
        submission date, proposed, proposed on, date proposed, date raised, raised on, request date, intake
        date, eingereicht, eingereicht am, ideendatum, vorgeschlagen am, idee vom, proposé le, date de
        proposition, date de l'idée, propuesto el, fecha de propuesta, fecha de la idea
        """,
    Stage.CHARTERED: """
        approved, approved on, approval date, date approved, approval, chartered on, charter date, funded
        on, genehmigt, genehmigt am, freigabe, freigabedatum, freigegeben am, bewilligt am, beauftragt am,
        approuvé le, date d'approbation, date de validation, aprobado, aprobado el, fecha de aprobación
        """,
    Stage.PILOTING: """
        pilot start, pilot started, pilot start date, start of pilot, pilot began, pilot since, piloting
        since, pilot kick off, pilot launch, poc start, poc start date, poc started, start date, started,
        started on, start, date started, begin, begin date, kick off, kickoff, kick off date, development
        began, development start, date acquisition and or development began, date when acquisition and or
        development began, pilotstart, pilotbeginn, start pilot, beginn pilot, pilot seit, start,
        startdatum, beginn, projektstart, projektbeginn, début, date de début, début du pilote, date de
        début du pilote, lancement du pilote, démarrage, date de démarrage, inicio, fecha de inicio, inicio
        del piloto, fecha de inicio del piloto, comienzo
        """,
    Stage.PROVEN: "proven on, proof date, date proven, value proven on",
    Stage.LIMITED: """
        limited go live, limited live, soft launch, beta since, beta release date, limited release date
        """,
    Stage.PRODUCTION: """
        go live, golive, go live date, live, live date, live since, date live, went live, in production
        since, production date, production since, production start, date implemented, implemented,
        implemented on, implementation date, launch, launched, launch date, launched on, rollout date, roll
        out date, deployed, deployed on, deployment date, date deployed, release date, released on,
        operational date, in use since, produktiv seit, produktivsetzung, produktivstart, live seit,
        einführung, einführungsdatum, eingeführt am, in betrieb seit, inbetriebnahme, produktionsstart, mise
        en production, mise en prod, date de mise en production, mise en service, date de mise en service,
        déployé le, date de déploiement, en production depuis, puesta en producción, fecha de puesta en
        producción, puesta en marcha, fecha de implantación, fecha de despliegue, fecha de lanzamiento, en
        producción desde
        """,
    Stage.STOPPED: """
        stopped, stopped on, date stopped, stop date, cancelled on, canceled on, cancellation date, date
        cancelled, abgebrochen am, gestoppt am, abbruchdatum, arrêté le, abandonné le, date d'arrêt, date
        d'abandon, cancelado el, fecha de cancelación
        """,
    Stage.RETIRED: """
        retired, retired on, date retired, retirement date, decommissioned, decommissioned on, decommission
        date, decommissioning date, sunset date, end of life, eol, eol date, stillgelegt am, abgeschaltet
        am, ausser betrieb seit, abschaltdatum, décommissionné le, date de décommissionnement, date de
        retrait, retirado, retirado el, fecha de retirada
        """,
}
_OWNERS = {
    OwnerRole.SPONSOR: """
        sponsor, executive sponsor, exec sponsor, business sponsor, project sponsor, accountable executive,
        auftraggeber, auftraggeberin, sponsor exécutif, commanditaire, parrain, patrocinador, promotor
        """,
    OwnerRole.BUSINESS_OWNER: """
        business owner, process owner, porteur métier, product owner, business lead, business contact, use
        case owner, fachverantwortlich, fachverantwortliche, fachverantwortlicher, fachlicher
        ansprechpartner, fachliche leitung, responsable métier, propriétaire métier, référent métier,
        responsable de negocio, dueño de negocio, dueño del proceso
        """,
    OwnerRole.TECHNICAL_LEAD: """
        technical lead, tech lead, technical owner, technical contact, tech contact, engineering lead, data
        science lead, responsable si, responsable it, it owner, it lead, it contact, lead developer, lead
        engineer, technischer ansprechpartner, technische leitung, it verantwortlich, it verantwortlicher,
        it verantwortliche, technisch verantwortlich, responsable technique, responsable informatique,
        référent technique, responsable técnico, líder técnico
        """,
    OwnerRole.PRODUCTION_OWNER: "production owner, integration lead, ai integration lead, production lead",
    OwnerRole.RUN_OWNER: """
        run owner, operations owner, service owner, support owner, betriebsverantwortlich,
        betriebsverantwortlicher, betriebsverantwortliche, responsable exploitation, responsable
        d'exploitation, responsable de operaciones
        """,
    OwnerRole.BUILDER: """
        builder, developer, built by, developed by, entwickler, entwickelt von, développeur, desarrollador
        """,
}
# Titles that say owner and not of what.
ANY_OWNER = all_spelt(
    """
    owner, project owner, pilot owner, responsible, responsible person, person responsible, assignee,
    accountable, accountable person, contact, contact person, contact name, point of contact, poc, lead,
    project lead, pilot lead, project leader, project manager, manager, pm, in charge, person in charge,
    who, led by, owned by, verantwortlich, verantwortliche, verantwortlicher, verantwortliche person,
    ansprechpartner, ansprechpartnerin, ansprechperson, kontakt, projektleiter, projektleiterin,
    projektleitung, leitung, leiter, wer, projektverantwortlicher, zuständig, responsable, responsable du
    projet, responsable projet, chef de projet, cheffe de projet, porteur, porteur de projet, pilote,
    contact, référent, propriétaire, qui, responsable del proyecto, jefe de proyecto, encargado, encargada,
    líder, líder del proyecto, contacto, propietario, dueño, quién
    """
)
# As on the page where a pilot is logged: the owner is the production owner until somebody says otherwise.
ANY_OWNER_CODE = f"owner:{OwnerRole.PRODUCTION_OWNER.value}"
OWNER_FIRST = all_spelt(
    """
    owner, project owner, pilot owner, responsible, responsible person, accountable, accountable person,
    verantwortlich, verantwortliche, verantwortlicher, responsable, propriétaire, dueño, propietario
    """
)
_KPI = {
    "kpi_line": """
        kpi, success metric, success measure, metric, success criterion, success criteria, key metric, kpis
        and target, kennzahl, kennzahlen, messgrösse, erfolgskriterium, erfolgskriterien, indicateur,
        indicateur clé, indicador, indicador clave, métrica
        """,
    "kpi_name": "kpi name, name of kpi, metric name, measure, kpi titel, nom du kpi, nombre del kpi",
    "kpi_baseline": """
        baseline, baseline value, kpi baseline, start, actual, actual value, current, today, starting value,
        start value, current value, as is, value before, before, ausgangswert, basiswert, istwert, ist, ist
        wert, startwert, valeur initiale, valeur de départ, valeur actuelle, valor inicial, línea base,
        línea de base, valor actual
        """,
    "kpi_target": """
        target, goal, ziel, target value, kpi target, goal value, to be, target kpi, zielwert, soll, soll
        wert, sollwert, cible, valeur cible, valor objetivo, meta, objetivo kpi
        """,
    "kpi_unit": """
        kpi unit, unit of measure, unit of measurement, measurement unit, uom, masseinheit, kpi einheit,
        unité de mesure, unidad de medida
        """,
}
_MILESTONE = {
    "milestone_title": """
        milestone, next milestone, milestone name, milestone title, next step, deliverable, meilenstein,
        nächster meilenstein, nächster schritt, nächste schritte, jalon, prochain jalon, prochaine étape,
        hito, próximo hito, próximo paso, próximos pasos
        """,
    "milestone_due": """
        milestone due, milestone date, milestone due date, next milestone date, due, due date, due on, due
        by, by when, fällig, fällig am, fälligkeit, termin, frist, bis wann, meilenstein termin, échéance,
        date d'échéance, date du jalon, vencimiento, fecha límite, fecha del hito, planned date, target date
        """,
    "milestone_done": """
        milestone done, milestone done on, done, done on, completed on, completion date, date completed,
        actual date, erledigt, erledigt am, abgeschlossen am, fait le, terminé le, réalisé le, completado
        el, hecho el, cumplido el
        """,
    "milestone_owner": "milestone owner, action owner, milestone responsible",
}

TITLES: dict[str, frozenset[str]] = {
    code: all_spelt(text)
    for code, text in (
        *_OF_PILOT.items(),
        *((f"date:{stage.value}", text) for stage, text in _DATES.items()),
        *((f"owner:{role.value}", text) for role, text in _OWNERS.items()),
        *_KPI.items(),
        *_MILESTONE.items(),
    )
}
# Too general to mean anything inside a longer title: “Vendor name”, “Cost code”, “Live demo”.
ONLY_ALONE = all_spelt(
    """
    name, title, titel, titre, nom, nombre, número, id, no, nr, n, #, number, nummer, key, code, ref, what,
    why, who, wer, was, qui, quién, ai use case, ai system, ai project, ai initiative, anwendung,
    projekttitel, start, started, begin, beginn, live, launch, approval, approved, retired, stopped,
    submitted, proposed, initiated, implemented, deployed, due, done, unit, target, ist, soll, before, as
    is, to be, meta, but, service, area, function, domain, team, component, entity, state, stand, status,
    phase, project, projekt, projet, proyecto, pilot, pilote, piloto, use case, tool, product, application,
    solution, idea, initiative, experiment, lead, manager, pm, poc, contact, need, inhalt, amt, measure,
    metric, label, kpi, clé, n, lob, program, programme, risk, risiko, risque, riesgo, developer, office,
    organisation, organization, live date, source, release date, direction, métier, agency, department,
    provider, milestone, technology, capability, termin, leitung, line, challenge, benefit, owner
    """
)
# A title with one of these speaks about a column, or of something beside it.
BESIDE = all_spelt(
    """
    comment, update, note, remark, reason, explain, explanation, other, link, url, website, budget, cost,
    fte, price, bemerkung, kommentar, anmerkung, notiz, grund, kosten, commentaire, remarque, raison, coût,
    comentario, observación, motivo, coste, costo, updated, modified, previous, attachment, rag, ampel,
    health, score, priority, priorität, priorité, prioridad, percent, %, history, changed, expiry,
    expiration
    """
)
PLANNED = all_spelt(
    """
    planned, plan, expected, forecast, estimated, est, target, scheduled, projected, proposed go live,
    geplant, geplante, geplanter, plan, soll, ziel, voraussichtlich, prévu, prévue, prévisionnel,
    prévisionnelle, cible, estimée, previsto, prevista, planificado, planificada, estimado, estimada,
    objetivo
    """
)
# Which of several starts it is, such titles do not say.
ANY_START = all_spelt(
    """
    start, start date, started, started on, date started, begin, begin date, kick off, kickoff, kick off
    date, startdatum, beginn, projektstart, projektbeginn, début, date de début, démarrage, date de
    démarrage, inicio, fecha de inicio, comienzo
    """
)
MAIL = all_spelt("email, mail, mails, mailbox, mailadresse, courriel, correo, mél")
# Titles of the short text in exports of issue trackers; a summary beside a name is a problem statement.
SUMMARIES = all_spelt("summary, subject, betreff, objet, asunto, résumé, resumen")
AI_ACT = all_spelt("ai act, eu ai act, ki vo, ki verordnung, règlement ia, ley de ia")
BESIDE_MAIL = MAIL | all_spelt("e, address, addresse, adresse, electrónico, dirección, id")
SHORT_FORMS = all_spelt(
    "abbreviation, abbr, acronym, code, prefix, short, kürzel, abkürzung, sigle, sigla, abreviatura"
)
# Those that point at a pilot from another sheet, beside the titles of identifiers and names.
POINTERS = TITLES["reference"] | TITLES["name"]
