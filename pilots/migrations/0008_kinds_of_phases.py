from django.db import migrations

# The titles that phases had before they had a code, and what they are.
CODES = {
    "Scope and define": "scope",
    "Build the pipeline": "build",
    "Evaluate and procure": "build",
    "Integrate and test": "integrate",
    "Committee and works council": "committee",
    "Ship and measure": "ship",
}


def name_kinds(apps, schema_editor):
    phases = apps.get_model("pilots", "Phase").objects
    for title, code in CODES.items():
        phases.filter(title=title, code="").update(code=code)


class Migration(migrations.Migration):
    dependencies = [("pilots", "0007_a_pilots_life")]

    operations = [migrations.RunPython(name_kinds, migrations.RunPython.noop, elidable=True)]
