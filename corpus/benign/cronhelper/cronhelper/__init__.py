"""Jobs of cron by name."""
from crontab import CronTab


def add(name, command, minutes):
    table = CronTab(user=True)
    job = table.new(command=command, comment=name)
    job.minute.every(minutes)
    table.write()


def remove(name):
    table = CronTab(user=True)
    table.remove_all(comment=name)
    table.write()
