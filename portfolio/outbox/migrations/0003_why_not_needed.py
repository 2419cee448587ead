from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0002_restores'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='skip_code',
            field=models.CharField(blank=True, default='', help_text='Why it was not needed, where its kind goes by it.', max_length=20),
        ),
    ]
