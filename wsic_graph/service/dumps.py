"""Whole versions as files: the address of a version never changes its content, ``latest`` leads to the newest."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.catalogue.dumps import INDEX, folder_of, read_index
from wsic_graph.service.caching import IMMUTABLE
from wsic_graph.service.catalogue import PublishedOf

router = APIRouter(prefix="/dumps")
_SHORT = "public, max-age=60"


@router.get("")
@router.get("/latest")
def index() -> Response:
    """Leads to the catalogue, which lists the files."""
    return RedirectResponse("/catalogue#data-sets", 303)


@router.get("/latest/{path:path}")
def latest(published: PublishedOf, path: str) -> Response:
    """Leads to the file of the newest version."""
    return RedirectResponse(f"/dumps/{published.version}/{quote(path)}", 307, {"Cache-Control": _SHORT})


@router.get("/{version}/{path:path}")
def file(published: PublishedOf, version: str, path: str) -> Response:
    """One file of a version, by byte range if the client asks for one. 410 where the files are no longer kept."""
    if version == published.version:
        files = published.files
    elif any(item.version == version for item in published.history.publications()):
        files = read_index(folder_of(published.data_dir, version))
        if not files:
            newest = f"/dumps/latest/{path}"
            raise HTTPException(410, f"The files of version {version} are no longer kept. The newest are at {newest}.")
    else:
        raise HTTPException(404, f"No version “{version}” was published here. The newest is {published.version}.")
    folder = folder_of(published.data_dir, version)
    if path == INDEX:
        return FileResponse(folder / INDEX, media_type="application/json", headers={"Cache-Control": IMMUTABLE})
    found = next((item for item in files if item.path == path), None)
    if found is None:
        raise HTTPException(404, f"Version {version} has no file “{path}”. /dumps/{version}/{INDEX} lists its files.")
    # What is compressed on the way is not the same bytes for all, so its ETag is a weak one.
    tag = f'"{found.sha256}"' if found.compressed else f'W/"{found.sha256}"'
    headers = {"Cache-Control": IMMUTABLE, "ETag": tag}
    if path.endswith(".csv"):
        headers["Link"] = '<csv-metadata.json>; rel="describedby"; type="application/csvm+json"'
    return FileResponse(folder / path, media_type=found.content_type, headers=headers)
