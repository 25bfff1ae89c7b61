import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('booking', '0004_holidays'),
    ]

    operations = [
        migrations.CreateModel(
            name='OwnerRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(choices=[('slot_size_min', 'Interval between appointments'), ('allow_24_7', 'open 24/7'), ('opening_hours', 'Opening hours'), ('min_notice_min', 'Minimum notice'), ('window_days', 'Bookable up to'), ('require_phone', 'Phone before booking')], max_length=20, verbose_name='rule')),
                ('value', models.JSONField()),
                ('quote', models.TextField(verbose_name='words')),
                ('is_confirmed', models.BooleanField(verbose_name='in force')),
                ('decided_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='decided')),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.business')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'rule of the instructions',
                'verbose_name_plural': 'rules of the instructions',
                'constraints': [models.UniqueConstraint(fields=('business', 'field'), name='owner_rule_once')],
            },
        ),
    ]
