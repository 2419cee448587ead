from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0002_rules_flags_and_decisions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='heartbeat',
            name='beat_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='heartbeat',
            name='error',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='heartbeat',
            name='failed_at',
            field=models.DateTimeField(null=True),
        ),
    ]
