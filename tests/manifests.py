"""Validates Kubernetes manifests against the schemas that the package kubernetes-validate brings, strictly."""

import pathlib
import sys

import kubernetes_validate
import yaml

VERSIONS = ["1.29", "1.33"]
# Resources of others, for which the package has no schema.
STRANGERS = {"keda.sh/v1alpha1", "kustomize.config.k8s.io/v1beta1"}

valid = strangers = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.yaml")):
    for document in yaml.safe_load_all(path.read_text()):
        if document["apiVersion"] in STRANGERS:
            strangers += 1
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except Exception as error:
                sys.exit(f"{path.name}, {document['kind']} {document['metadata']['name']}, {version}: {error}")
        valid += 1
print(f"{valid} valid, {strangers} of others")
