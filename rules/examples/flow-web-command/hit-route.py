from fastapi import APIRouter

router = APIRouter()


@router.post("/debug")
async def debug(code: str):
    return {"result": str(eval(code))}
