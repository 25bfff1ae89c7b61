import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0001_initial'),
        ('crm', '0002_daily_limit_and_cancel_notice'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='held_until',
            field=models.DateTimeField(editable=False, null=True, verbose_name='held until'),
        ),
        migrations.AlterField(
            model_name='appointment',
            name='customer_name',
            field=models.CharField(blank=True, max_length=120, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='appointment',
            name='lead',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='crm.lead', verbose_name='customer'),
        ),
        migrations.AlterField(
            model_name='appointment',
            name='status',
            field=models.CharField(choices=[('held', 'held for a caller'), ('confirmed', 'booked'), ('cancelled', 'cancelled'), ('completed', 'took place'), ('no_show', 'no-show')], default='confirmed', max_length=10, verbose_name='status'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('status', 'held')), fields=['held_until'], name='appointment_held'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held_until__isnull', False), ('status', 'held')), models.Q(models.Q(('status', 'held'), _negated=True), ('held_until__isnull', True), ('lead__isnull', False)), _connector='OR'), name='appointment_held_or_somebodys'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'held')), fields=('business', 'call_sid'), name='appointment_one_hold_a_call'),
        ),
    ]
