"""Twelve small registers, each messy in its own way, all invented."""

from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook

LONG = "The forms are read by hand, and every form waits for days until somebody has time. " * 60


def sheet(name, *rows, is_hidden=False):
    """Return a sheet of these rows, counted from 1; blank ones are left out as reading leaves them out."""
    kept = (Row(line, tuple(row)) for line, row in enumerate(rows, 1) if any(cell.strip() for cell in row))
    return Sheet(name, tuple(kept), is_hidden)


def workbook(*sheets):
    return Workbook(kind=Kind.XLSX, sheets=tuple(sheets), digest="0")


TITLE_AND_DAY_ABOVE = workbook(
    sheet(
        "Übersicht",
        ("KI-Projekte der Gruppe", "", "", "", "", "", ""),
        ("Stand: 30.06.2026", "", "", "", "", "", ""),
        ("", "", "", "", "", "", ""),
        ("Lfd. Nr.", "Projekt", "Kurzbeschreibung", "Status", "Verantwortlich", "Startdatum", "Risikoklasse"),
        (
            "1",
            "Rechnungen",
            "Heute wird von Hand geprüft.",
            "Pilotphase",
            "Müller, Anna",
            "25.3.2025",
            "begrenzt",
        ),
        ("2", "Anfragen", "Nachts bleibt alles liegen.", "Pausiert", "Ek, Bo", "3.4.2025", "hoch"),
        ("3", "Schadenfotos", "Gutachter fahren zu viel.", "Produktiv", "k.A.", "Jul-25", "minimal"),
        ("Gesamt", "3", "", "", "", "", ""),
    )
)

TWO_HEADER_ROWS_AND_MORE_SHEETS = workbook(
    sheet("Old", ("Name", "Stage"), ("a", "Live"), ("b", "Live"), is_hidden=True),
    sheet(
        "Register",
        ("General", "", "", "Dates", "", "People", ""),
        ("ID", "Use Case Name", "Current Status", "Start", "Go live", "Business owner", "Tech lead"),
        ("UC_01", "Claims triage", "02 - Pilot", "45292", "", "Ann Lee", "['Bo Ek', 'Cy Dahl']"),
        ("UC 02", "Mail sorting", "03 - Live", "45000", "45400", "Ann Lee and Di Fox", "Bo Ek"),
        ("UC-03 ", "Voice notes", "00 - Idea", "7/16/1905", "tbd", "n/a", "Bo Ek"),
    ),
    sheet(
        "KPIs",
        ("Use case", "KPI", "Baseline", "Target", "Unit"),
        ("Claims triage", "Handling time", "14,5", "9", "min"),
        ("Mail sorting", "Errors", "1.200,0", "3", "%"),
    ),
    sheet(
        "Milestones",
        ("ID", "Milestone", "Due", "Owner"),
        ("UC_01", "Go-live", "30/6/2026", "Ann Lee"),
        ("uc-02", "Review", "1/7/2026", "Bo Ek"),
        ("UC-09", "Stranger", "1/7/2026", "Bo Ek"),
    ),
    sheet("Lists", ("Stages",), ("Idea",), ("Live",)),
)

SECTIONS_THAT_ARE_DEPARTMENTS = workbook(
    sheet(
        "Pilots",
        ("Use case", "Description", "Stage", "Owner e-mail"),
        ("Finance", "", "", ""),
        ("Invoice matching", "Invoices are matched by hand, for days.", "PoC", "ai-team@x.org"),
        ("Ledger help", "Questions about the ledger wait.", "Live", "ai-team@x.org"),
        ("Human Resources", "", "", ""),
        ("Policy chat", "Nobody finds the policy that holds.", "Idea", "ai-team@x.org"),
        ("CV sorting", "Applications wait for weeks.", "Cancelled", "ai-team@x.org"),
        ("Shift plan", "Plans are made by hand each week.", "", "ai-team@x.org"),
        ("Total 5", "", "", ""),
    )
)

TITLES_BETWEEN_AND_A_FOOTNOTE = workbook(
    sheet(
        "Q3",
        ("Initiative", "Phase", "Benefits", "Sponsor"),
        ("Wave 1", "", "", ""),
        ("Chat", "Proof of concept", "People get an answer at night.", "Ann Lee"),
        ("Scan", "Rollout", "Nobody types forms any more.", "Bo Ek"),
        ("Wave 2", "", "", ""),
        ("Plan", "On hold", "Fewer trucks drive empty.", "Cy Dahl"),
        ("Source: the steering committee.", "", "", ""),
    )
)

LIGHTS_AND_PLANS = workbook(
    sheet(
        "Sheet1",
        (
            "Project Title",
            "RAG Status",
            "Project Phase",
            "Last update",
            "Comments",
            "% done",
            "Planned go-live",
        ),
        ("Chat", "Green", "In progress", "2025-01-02", "waits for data", "40", "2026-05-01"),
        ("Scan", "Red", "Development", "2025-01-02", "ok", "10", "2026-09-01"),
        ("Plan", "Amber", "Closed", "2025-01-02", "", "90", "2026-09-01"),
    )
)

TITLES_THAT_SAY_NOTHING = workbook(
    sheet(
        "Export",
        ("col1", "col2", "col3", "col4"),
        ("AX-1", "The desk answers the same forty questions a day.", "Proof of Concept", "ann@x.org"),
        ("AX-2", "Pictures of damage are looked at one by one.", "Live", "bo@x.org"),
        ("AX-3", "Contracts are read by three lawyers in turn.", "Idea", "cy@x.org"),
    )
)

NO_HEADER_AT_ALL = workbook(
    sheet(
        "",
        ("Claims triage", "Trial", "Ann Lee", "2024-03-01"),
        ("Letters", "Live", "Bo Ek", "2024-05-01"),
        ("Voice notes", "Idea", "Cy Dahl", "2024-06-01"),
    )
)

OUR_OWN_TITLES = workbook(
    sheet(
        "Pilots",
        ("Key", "Name", "Problem", "Stage", "Reached Piloting", "Risk tier", "Confidential", "Sponsor",
         "Sponsor e-mail", "Health", "KPI", "KPI target", "Cost centre"),
        ("", "Chat", "People wait.", "Piloting", "2025-01", "High risk", "no", "Ann; Bob", "ann@x.org; ",
         "on track", "Time", "-9.5", "CC 7"),
        ("CLM-2", "Scan", "Nobody reads.", "Value held", "Q3 2024", "", "yes", "", "", "ended", "", "", ""),
    )
)  # fmt: skip

ONE_MAILBOX_AND_REPEATED_IDENTIFIERS = workbook(
    sheet(
        "AI list",
        ("AI ID", "ID", "Title", "Summary", "Status", "Contact email"),
        *(
            (f"AB- {n}", f"X-{n % 5}", f"Tool {n}", f"Reads form {n} and\nsorts it.", "Live", "ai@x.org")
            for n in range(12, 52)
        ),
        ("AB_52 ", "X-9", "Long tale", LONG, "Live", "ai@x.org"),
    )
)

DAYS_BOTH_WAYS = workbook(
    sheet(
        "",
        ("Tool", "Purpose", "Stage", "Date approved", "Date implemented", "Kick-off", "Retired on"),
        ("A tool", "It sorts what comes in.", "Live", "25/3/2024", "4/13/2024", "22-Jul", "Q4FY25"),
        ("B tool", "It reads what was sorted.", "Live", "1/2/2024", "ongoing", "Jul-22", "Pre-2021"),
        ("C tool", "It writes what was read.", "Live", "2024-02-15 and 2024-08-23", "2/2/2024", "", "2020"),
    )
)

RISKS_OF_ANOTHER_SCALE = workbook(
    sheet(
        "Inventaire",
        ("N°", "Intitulé du projet", "Objectif", "Statut", "Chef de projet", "Direction", "Risque", "Achat"),
        ("IA-01", "Tri du courrier", "Le courrier est trié à la main.", "En cours de déploiement",
         "Marie Dupont et Jean Martin", "Sinistres", "Élevé", "Oui"),
        ("IA-02", "Assistant", "Les questions prennent du temps.", "Idée", "", "RH", "Moyen", "Non"),
        ("IA-03", "Prévision", "Prévoir la charge des équipes.", "Preuve de concept", "Luc Petit", "RH",
         "Faible", "Non"),
    )
)  # fmt: skip

LINES_OF_KPIS = workbook(
    sheet(
        "Inventario 2025",
        ("Código", "Nombre del proyecto", "Descripción", "Estado", "Responsable", "Correo electrónico",
         "Inicio", "Indicador", "Confidencial", "Reason", "Reason"),
        ("P 01", "Lectura de facturas", "Se leen a mano dos mil facturas.", "Piloto", "Ana López",
         "ana@x.org", "1/2/2025", "Tiempo 14 → 9 min", "Sí", "", "una"),
        ("P-02 ", "Asistente", "Responder preguntas internas.", "En producción", "Bo Ruiz", "bo@x.org",
         "5/4/2025", "Errores 1.250 → 300", "falso", "otra", ""),
    )
)  # fmt: skip
