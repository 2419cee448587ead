from django.db import migrations

from kpis.definition import digest_of, parts_of


def number_them(apps, schema_editor):
    """Keep each definition there is as its first version, agreed when the pilot was logged."""
    kpis = apps.get_model("kpis", "Kpi")
    versions = apps.get_model("kpis", "KpiVersion")
    rows = []
    for kpi in kpis.objects.select_related("pilot").order_by("pk").iterator():
        parts = parts_of(kpi)
        rows.append(
            versions(kpi=kpi, number=1, parts=parts, digest=digest_of(parts), since=kpi.pilot.created_at)
        )
    versions.objects.bulk_create(rows, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0003_measurements_and_money")]

    operations = [migrations.RunPython(number_them, migrations.RunPython.noop)]
