import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0002_holds'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='closure',
            name='closure_once',
        ),
        migrations.AddField(
            model_name='closure',
            name='resource',
            field=models.ForeignKey(blank=True, help_text='Empty: the whole business.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='booking.resource', verbose_name='resource'),
        ),
        migrations.AddField(
            model_name='resource',
            name='daily_limit',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Empty: as many as fit.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='appointments a day, at most'),
        ),
        migrations.AddConstraint(
            model_name='closure',
            constraint=models.UniqueConstraint(fields=('business', 'resource', 'on_date', 'opens'), name='closure_once', nulls_distinct=False),
        ),
    ]
