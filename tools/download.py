#!/usr/bin/env python3
"""Downloads larger data sets, checks them against their checksums and unpacks them. Nothing of Cadena needs them: the
tests and the demo run without. Usage: download.py mnist|fashion_mnist|tiny_shakespeare [FOLDER]    (FOLDER: out/data)"""
import gzip
import hashlib
import http.client
import os
import pathlib
import sys
import tempfile
import urllib.request

SHAKESPEARE = ("https://raw.githubusercontent.com/karpathy/char-rnn/"
               "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/")
LARGEST = 64 << 20  # no file here comes near

# Name: the address, then for each file its checksum. MD5 is what the publishers of the two image sets state.
DATA_SETS = {
    "mnist": ("https://ossci-datasets.s3.amazonaws.com/mnist/", {
        "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c"}),
    "fashion_mnist": ("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/", {
        "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310"}),
    "tiny_shakespeare": (SHAKESPEARE, {
        "input.txt": "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"}),
}


def fetch(url, checksum):
    """The bytes at url. Exits with a message if they cannot be had or are others than expected."""
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            content = response.read(LARGEST + 1)
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"{url}: cannot be downloaded: {error}")
    kind, expected = checksum.split(":")
    found = hashlib.new(kind, content).hexdigest()
    if found != expected:
        sys.exit(f"{url}: {len(content)} bytes with {kind} {found}, expected {expected}; nothing was written")
    return content


def write(path, content):
    """Writes a whole file or nothing: to a temporary name first, then renamed. Makes the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in DATA_SETS:
        sys.exit(__doc__)
    name = sys.argv[1]
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else "out/data") / name
    address, files = DATA_SETS[name]
    for file, checksum in files.items():
        path = folder / file.removesuffix(".gz")
        if path.exists():
            print(f"{path}: already there")
            continue
        content = fetch(address + file, checksum)
        try:
            write(path, gzip.decompress(content) if file.endswith(".gz") else content)
        except OSError as error:
            sys.exit(f"{path}: cannot be written: {error.strerror}")
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
