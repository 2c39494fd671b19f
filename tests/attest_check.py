"""Verifies DSSE envelopes with securesystemslib: JSON in, one predicate type or error name an envelope out."""

import json
import sys

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

question = json.load(sys.stdin)
keys = [SSlibKey.from_dict(keyid, key) for keyid, key in question["keys"].items()]
answers = []
for document in question["envelopes"]:
    envelope = Envelope.from_dict(document)
    try:
        envelope.verify(keys, 1)
        answers.append(json.loads(envelope.payload)["predicateType"])
    except VerificationError as error:
        answers.append(type(error).__name__)
json.dump(answers, sys.stdout)
