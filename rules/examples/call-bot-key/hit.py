import discord

client = discord.Client()


def go():
    client.run("MTExMTExMTExMTExMTExMTEx.GAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
