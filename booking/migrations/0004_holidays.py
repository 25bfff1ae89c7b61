import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0003_time_off_and_daily_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_date', models.DateField(verbose_name='date')),
                ('name', models.CharField(max_length=80, verbose_name='holiday')),
                ('treatment', models.CharField(choices=[('closed', 'closed'), ('friday', 'Friday hours'), ('ordinary', 'an ordinary day')], max_length=10, verbose_name='treated as')),
                ('business', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.business')),
            ],
            options={
                'verbose_name': 'holiday',
                'verbose_name_plural': 'holidays',
                'ordering': ['on_date'],
                'constraints': [models.UniqueConstraint(fields=('business', 'on_date'), name='holiday_once')],
            },
        ),
    ]
