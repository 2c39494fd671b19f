import asyncio
from .job import main
asyncio.run(main())
