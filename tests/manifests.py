"""Validates Kubernetes manifests against the schemas that kubernetes-validate brings, and KEDA's against its own."""

import pathlib
import sys

import kubernetes_validate
import yaml
from cloudcoil.models.keda import v1alpha1 as keda

VERSIONS = ["1.29", "1.33"]
# No schema of it is to be had from a registry.
STRANGERS = {"kustomize.config.k8s.io/v1beta1", "kustomize.config.k8s.io/v1alpha1"}


def kept(given, parsed):
    """Whether all that was given is in what was parsed: a key that the model does not know would be dropped."""
    if isinstance(given, dict):
        return all(key in parsed and kept(value, parsed[key]) for key, value in given.items())
    if isinstance(given, list):
        return len(given) == len(parsed) and all(map(kept, given, parsed))
    return given == parsed


def check_keda(document):
    model = getattr(keda, document["kind"]).model_validate(document)
    if not kept(document, model.model_dump(by_alias=True, mode="json")):
        raise ValueError("a key that KEDA does not know")


valid = scaled = strangers = 0
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    for document in yaml.safe_load_all(path.read_text()):
        place = f"{path.name}, {document['kind']} {document.get('metadata', {}).get('name')}"
        if document["apiVersion"] in STRANGERS:
            strangers += 1
        elif document["apiVersion"] == "keda.sh/v1alpha1":
            try:
                check_keda(document)
            except Exception as error:
                sys.exit(f"{place}: {error}")
            scaled += 1
        else:
            for version in VERSIONS:
                try:
                    kubernetes_validate.validate(document, version, strict=True)
                except Exception as error:
                    sys.exit(f"{place}, {version}: {error}")
            valid += 1
print(f"{valid} valid, {scaled} of KEDA, {strangers} of others")
