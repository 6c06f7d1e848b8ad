"""FastAPI with boto3: the answer of a back end that signs with AWS's own SDK."""

from uuid import uuid4

import boto3
from botocore.config import Config
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

SIZE_BYTES_MAX = 20 * 1024 * 1024

s3 = boto3.client(
    "s3",
    region_name="nl-ams",
    endpoint_url="https://s3.nl-ams.scw.cloud",
    aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
    aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
)
app = FastAPI()


class Wish(BaseModel):
    fileName: str = Field(min_length=1)
    contentType: str
    size: int = Field(ge=1, le=SIZE_BYTES_MAX)


class Answer(BaseModel):
    key: str
    url: str
    headers: dict[str, str]


# Signing waits for nothing, so `async` spares it the way through a thread.
@app.post("/v1/uploads", status_code=201)
async def create(wish: Wish) -> Answer:
    if not wish.contentType.startswith("image/"):
        raise HTTPException(400, "only images")
    key = f"photos/{uuid4()}.jpeg"
    url = s3.generate_presigned_url(
        "put_object",
        Params={
            "Bucket": "my-bucket",
            "Key": key,
            "ContentType": wish.contentType,
            "ContentLength": wish.size,
            "ACL": "public-read",
        },
        ExpiresIn=300,
    )
    headers = {"content-type": wish.contentType, "x-amz-acl": "public-read"}
    return Answer(key=key, url=url, headers=headers)
