#!/usr/bin/env python3
"""Makes vectors.json, the golden vectors of package pass.

Nothing of the Go code is used: signatures come from the `cryptography`
module (OpenSSL), hashes, zlib and base64 from Python's library. The formats
are written down here a second time on purpose; when the two disagree, one of
them is wrong.

    python3 testdata/vectors.py > testdata/vectors.json

Keys are derived from public words and protect nothing.
"""

import base64
import datetime
import hashlib
import json
import struct
import sys
import zlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

EPOCH = datetime.date(2020, 1, 1)


def key(words):
    seed = hashlib.sha256(words.encode()).digest()
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return seed, private, public


def days(date):
    return (datetime.date.fromisoformat(date) - EPOCH).days


def signed_pass(words, issuer, kid, batch, serial, not_after):
    seed, private, public = key(words)
    payload = (bytes([1]) + struct.pack(">H", issuer) + bytes([kid])
               + batch.to_bytes(3, "big") + struct.pack(">IH", serial, days(not_after)))
    assert len(payload) == 13
    sig = private.sign(b"mallette-pass-v1\0" + payload)
    digits = str(int.from_bytes(b"\x01" + payload + sig, "big"))
    assert len(digits) == 186
    return {"seed": seed.hex(), "public": public.hex(), "issuer": issuer, "kid": kid,
            "batch": batch, "serial": serial, "not_after": not_after,
            "payload": payload.hex(), "digits": digits,
            "genuine": b64url(hashlib.sha256(sig).digest()[:8])}


def signed_card(words, kid, tenant, structure, card, not_before, not_after):
    seed, private, public = key(words)
    tag = int.from_bytes(hashlib.sha256(b"mallette-tenant-v1\0" + tenant.encode()).digest()[:4], "big")
    payload = bytes([1, kid]) + struct.pack(">IIIHH", tag, structure, card, days(not_before), days(not_after))
    assert len(payload) == 18
    sig = private.sign(b"mallette-card-v1\0" + payload)
    digits = str(int.from_bytes(b"\x02" + payload + sig, "big"))
    assert len(digits) == 198
    return {"seed": seed.hex(), "public": public.hex(), "kid": kid, "tenant": tenant, "tag": tag,
            "structure": structure, "card": card, "not_before": not_before, "not_after": not_after,
            "payload": payload.hex(), "digits": digits}


def number(series, serial):
    body = "%02d%010d" % (series, serial)
    # ISO 7064 MOD 97-10 by its definition: the whole number leaves 1 when divided by 97.
    check = next(c for c in range(2, 99) if int(body + "%02d" % c) % 97 == 1)
    digits = body + "%02d" % check
    return {"series": series, "serial": serial, "digits": digits,
            "grouped": " ".join([digits[0:4], digits[4:8], digits[8:12], digits[12:]])}


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def status_list(issuer, batch, first, statuses):
    """Two bits a pass, the first in the lowest bits, as in the Token Status List draft."""
    raw = bytearray((len(statuses) + 3) // 4)
    for i, s in enumerate(statuses):
        raw[i // 4] |= s << (2 * (i % 4))
    document = {"v": 1, "version": 5, "issuer": issuer, "batch": batch, "first": first,
                "last": first + len(statuses) - 1, "issued_at": "2026-11-21T08:00:00Z",
                "ttl": 86400, "lst": b64url(zlib.compress(bytes(raw), 9))}
    return {"raw": raw.hex(), "statuses": "".join(map(str, statuses)), "document": json.dumps(document)}


def ledger(words, tenant, station, log, records):
    seed, private, public = key(words)
    previous, entries = bytes(32), []
    for seq, sealed in enumerate(records, 1):
        line = json.dumps({"v": 1, "tenant": tenant, "station": station, "log": log, "seq": seq,
                           "prev": previous.hex(), "sealed": base64.b64encode(sealed).decode()},
                          separators=(",", ":"))
        sig = private.sign(b"mallette-ledger-v1\0" + line.encode())
        previous = hashlib.sha256(line.encode()).digest()
        entries.append({"line": line, "sig": base64.b64encode(sig).decode(), "hash": previous.hex()})
    return {"seed": seed.hex(), "public": public.hex(), "tenant": tenant, "station": station, "log": log,
            "sealed": [r.hex() for r in records], "entries": entries}


def main():
    vectors = {
        "passes": [
            signed_pass("first issuer", 1, 1, 1, 1, "2026-12-31"),
            signed_pass("first issuer", 1, 2, 42, 425, "2027-01-31"),
            signed_pass("second issuer", 65535, 255, 16777215, 4294967295, "2199-06-06"),
            signed_pass("zeros inside", 256, 0, 65536, 16777216, "2020-01-01"),
        ],
        "cards": [
            signed_card("cards", 1, "demo", 0, 1, "2026-11-01", "2027-10-31"),
            signed_card("cards", 255, "grand-nancy", 4294967295, 4294967295, "2020-01-01", "2199-06-06"),
        ],
        "numbers": [number(1, 1), number(12, 425), number(99, 4294967295), number(10, 1000000000), number(7, 97)],
        "status_lists": [
            status_list(1, 1, 1, [0, 1, 2, 3, 0, 3, 3]),
            status_list(1, 2, 1001, [3] * 10 + [2] * 190),
            status_list(9, 77, 4294967290, [2, 0, 0, 0, 0, 1]),
            status_list(1, 3, 1, [(i * 7 + i // 5) % 4 for i in range(5000)]),
        ],
        "ledgers": [
            ledger("station", "demo", "sabcdefghij234567", "00112233445566ff",
                   [b"first", bytes(range(256)), "scellé".encode()]),
        ],
    }
    json.dump(vectors, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
