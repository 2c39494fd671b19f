from crontab import CronTab


def schedule(command):
    table = CronTab(user=True)
    table.new(command=command)
    table.write()
