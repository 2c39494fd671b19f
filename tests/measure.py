#!/usr/bin/env python3
"""Measures the rulebook on labelled archives: recall by cluster, false positives by project, what was missed and why.

    tests/measure.py --gatehouse target/release/gatehouse --rules rules \
        --malicious DIR --labels malicious.tsv --benign DIR --benign-labels benign.tsv

The malicious archives are zips with a password (`--password`, usually `infected`), named by the sha256 of the archive
inside; they are opened in memory by the scanner itself.

A fifth of the clusters and of the honest projects, chosen by the digest of their name, is frozen: of it only rates are
printed, never a name, a finding or a rule, so that nobody can write or fit a rule by looking at it. The gap between the
two parts is what the figures of the other part owe to having been looked at.

With `--without-lists` it measures once more with the lists of hosts, texts and digests emptied: rules are meant to know
techniques, so little may be lost.
"""

import argparse
import collections
import csv
import hashlib
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time


def wilson(hits, total, z=1.96):
    """The 95 % interval of a rate."""
    if not total:
        return 0.0, 1.0
    rate = hits / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    spread = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def share(name, hits, total):
    low, high = wilson(hits, total)
    rate = 100 * hits / total if total else 0.0
    return f"{name:<46} {hits:>4} of {total:<4} {rate:6.2f} %   95 % interval {100 * low:6.2f} – {100 * high:6.2f} %"


def scan(arguments, paths, password):
    """Verdicts by path and by the sha256 of what was judged: of a sample zip, the archive inside."""
    command = [arguments.gatehouse, "scan", "--format", "jsonl", "--exit-zero"]
    if arguments.rules:
        command += ["--rules", arguments.rules]
    if arguments.jobs:
        command += ["--jobs", str(arguments.jobs)]
    if password:
        command += ["--password", password]
    verdicts = {}
    for start in range(0, len(paths), 200):
        run = subprocess.run(command + [str(path) for path in paths[start:start + 200]], stdout=subprocess.PIPE)
        if run.returncode not in (0, 1, 3):
            sys.exit(f"{' '.join(command)}: exit status {run.returncode}")
        for line in run.stdout.splitlines():
            verdict = json.loads(line)
            verdicts[verdict["path"]] = verdicts[verdict["sha256"]] = verdict
    return verdicts


def table(path):
    with open(path, newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def reasons(verdict, count=6):
    findings = sorted(verdict["findings"], key=lambda finding: -finding["weight"])
    parts = []
    for finding in findings:
        part = f"{finding['rule']}={finding['weight']:g}"
        if part not in parts and (finding["weight"] > 0):
            parts.append(part)
    return " ".join(parts[:count])


def part_of(name):
    """The part a cluster or project belongs to. What is frozen comes from the half that no rule was ever written from."""
    digest = hashlib.sha256(name.encode()).digest()
    return "frozen" if digest[0] % 2 == 1 and digest[1] < 0.4 * 256 else "train"


def without_lists(rules, folder):
    """A copy of the rulebook in which every list of indicators names one host or text that nobody has."""
    target = pathlib.Path(folder) / "rules"
    shutil.copytree(rules, target)
    nothing = {"host": '"nobody.invalid"', "text": '"no such text is anywhere"', "sha256": '"' + 64 * "0" + '"'}
    for path in sorted((target / "lists").glob("*.toml")):
        text = path.read_text()
        kind = re.search(r'^kind = "(\w+)"', text, re.MULTILINE)
        if kind:
            entry = nothing[kind[1]]
            path.write_text(re.sub(r"entries = \[.*?\]", f"entries = [{entry}]", text, flags=re.DOTALL))
    return str(target)


FLAGGED = {"review", "hold"}


def recall(clusters):
    for name, wanted in [("review or hold", FLAGGED), ("hold", {"hold"})]:
        for part in ("all", "train", "frozen"):
            chosen = [v for c, v in clusters.items() if part in ("all", part_of(c))]
            # The first counts a cluster by the part of its archives that is caught: one lucky hit is not a campaign.
            caught = sum(sum(o in wanted for *_, o in v) / len(v) for v in chosen)
            print(share(f"clusters at {name} ({part})", round(caught), len(chosen)))
            caught = sum(any(o in wanted for *_, o in v) for v in chosen)
            print(share(f"    with one archive or more ({part})", caught, len(chosen)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatehouse", default="target/release/gatehouse")
    parser.add_argument("--rules", help="a rulebook's folder; default: the one in the binary")
    parser.add_argument("--malicious", type=pathlib.Path)
    parser.add_argument("--labels", type=pathlib.Path, help="columns sha256, project, filename, cluster")
    parser.add_argument("--benign", type=pathlib.Path)
    parser.add_argument("--benign-labels", type=pathlib.Path, help="columns sha256, project, filename")
    parser.add_argument("--password", default="infected")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--without-lists", action="store_true", help="measure once more without indicators; needs --rules")
    parser.add_argument("--limit", type=int, help="scan only the first so many of each set")
    parser.add_argument("--save", type=pathlib.Path, help="keep the verdicts as JSON lines, for another look")
    parser.add_argument("--largest", type=int, help="leave out archives above so many bytes")
    arguments = parser.parse_args()
    kept = []

    if arguments.malicious:
        rows = table(arguments.labels)[:arguments.limit]
        paths = {row["sha256"]: next(iter(arguments.malicious.glob(row["sha256"] + "*")), None) for row in rows}
        found = [path for path in paths.values() if path]
        begin = time.monotonic()
        verdicts = scan(arguments, found, arguments.password)
        took = time.monotonic() - begin
        clusters = collections.defaultdict(list)
        outcomes = collections.Counter()
        for row in rows:
            verdict = verdicts.get(row["sha256"])
            outcome = verdict["outcome"] if verdict else "no answer"
            outcomes[outcome] += 1
            clusters[row["cluster"]].append((row, verdict, outcome))
            if verdict and part_of(row["cluster"]) == "train":
                kept.append({"label": "malicious", **row, **verdict})
        print(f"## malicious: {len(rows)} archives, {len(clusters)} clusters, {took:.1f} s")
        print("outcomes:", dict(sorted(outcomes.items())))
        recall(clusters)
        print(share("archives at review or hold", sum(outcomes[o] for o in FLAGGED), len(rows)))
        if arguments.without_lists:
            with tempfile.TemporaryDirectory() as folder:
                bare = argparse.Namespace(**{**vars(arguments), "rules": without_lists(arguments.rules, folder)})
                verdicts = scan(bare, found, arguments.password)
            print("\n### with every list of indicators emptied")
            recall({c: [(r, None, verdicts[r["sha256"]]["outcome"]) for r, *_ in v] for c, v in clusters.items()})
        print("\n### missed (train)")
        for cluster, members in sorted(clusters.items()):
            for row, verdict, outcome in members:
                if outcome not in FLAGGED and part_of(cluster) == "train":
                    score = verdict["score"] if verdict else -1
                    why = reasons(verdict) if verdict else ""
                    print(f"{row['sha256'][:12]} {outcome:<10} {score:5.1f} {row['filename']:<40} {why}")
        print("\n### rules by clusters they hit (train)")
        by_rule = collections.defaultdict(set)
        for cluster, members in clusters.items():
            for _, verdict, _ in members:
                for finding in verdict["findings"] if verdict and part_of(cluster) == "train" else []:
                    by_rule[finding["rule"]].add(cluster)
        for rule, hit in sorted(by_rule.items(), key=lambda item: -len(item[1])):
            print(f"{len(hit):>5} {rule}")

    if arguments.benign:
        rows = table(arguments.benign_labels)
        if arguments.largest:
            rows = [row for row in rows if int(row["size"]) <= arguments.largest]
        rows = rows[:arguments.limit]
        paths = {row["filename"]: arguments.benign / row["filename"] for row in rows}
        begin = time.monotonic()
        verdicts = scan(arguments, [path for path in paths.values() if path.exists()], None)
        took = time.monotonic() - begin
        projects = collections.defaultdict(list)
        outcomes = collections.Counter()
        for row in rows:
            verdict = verdicts.get(str(paths[row["filename"]]))
            outcome = verdict["outcome"] if verdict else "no answer"
            outcomes[outcome] += 1
            projects[row["project"]].append((row, verdict, outcome))
            if verdict and part_of(row["project"]) == "train":
                kept.append({"label": "benign", **row, **verdict})
        size = sum(path.stat().st_size for path in paths.values() if path.exists())
        print(f"\n## benign: {len(rows)} archives, {len(projects)} projects, {took:.1f} s, {size / took / 1e6:.1f} MB/s packed")
        print("outcomes:", dict(sorted(outcomes.items())))
        for name, wanted in [("review or hold", FLAGGED), ("hold", {"hold"}), ("incomplete", {"incomplete"})]:
            for part in ("all", "train", "frozen"):
                chosen = [v for p, v in projects.items() if part in ("all", part_of(p))]
                print(share(f"projects at {name} ({part})", sum(any(o in wanted for *_, o in v) for v in chosen), len(chosen)))
        projects = {project: members for project, members in projects.items() if part_of(project) == "train"}
        print("\n### false alarms and near ones (train)")
        near = [(v["score"], row, v, o) for members in projects.values() for row, v, o in members if v and v["score"] >= 10]
        for score, row, verdict, outcome in sorted(near, key=lambda item: -item[0]):
            print(f"{outcome:<10} {score:5.1f} {row['filename']:<50} {reasons(verdict)}")
        incomplete = collections.Counter()
        for members in projects.values():
            for row, verdict, outcome in members:
                if outcome == "incomplete":
                    for gap in verdict["coverage"]["reasons"][:3]:
                        incomplete[(gap.get("kind"), gap.get("detail", "")[:60])] += 1
        if incomplete:
            print("\n### gaps of benign archives (train)")
            for (kind, detail), count in incomplete.most_common(20):
                print(f"{count:>5} {kind}: {detail}")
        print("\n### rules by benign projects they hit (train)")
        by_rule = collections.defaultdict(set)
        for project, members in projects.items():
            for _, verdict, _ in members:
                for finding in verdict["findings"] if verdict else []:
                    if finding["weight"] > 0:
                        by_rule[finding["rule"]].add(project)
        for rule, hit in sorted(by_rule.items(), key=lambda item: -len(item[1])):
            print(f"{len(hit):>5} {rule}")

    if arguments.save:
        with open(arguments.save, "w") as out:
            for verdict in kept:
                json.dump(verdict, out)
                out.write("\n")


if __name__ == "__main__":
    main()
