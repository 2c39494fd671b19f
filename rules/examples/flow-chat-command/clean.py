import subprocess

from discord.ext import commands

bot = commands.Bot(command_prefix="!")


@bot.command()
async def uptime(ctx):
    await ctx.send(subprocess.run(["uptime"], capture_output=True, text=True).stdout)
