#!/usr/bin/env python3
"""Measures the rulebook on labelled archives: recall by cluster, false positives by project, what was missed and why.

    tests/measure.py --gatehouse target/release/gatehouse --rules rules \
        --malicious DIR --labels malicious.tsv --benign DIR --benign-labels benign.tsv

The malicious archives are zips with a password (`--password`, usually `infected`), named by the sha256 of the archive
inside; they are opened in memory by the scanner itself. Clusters are halved by the digest of their name: rules are tuned
by looking at the even half only, the odd half says whether that generalises.
"""

import argparse
import collections
import csv
import hashlib
import json
import math
import pathlib
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


def half(cluster):
    return "even" if hashlib.sha256(cluster.encode()).digest()[0] % 2 == 0 else "odd"


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
    parser.add_argument("--only", choices=["even", "odd"], help="list the misses of this half only")
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
            if verdict:
                kept.append({"label": "malicious", **row, **verdict})
        print(f"## malicious: {len(rows)} archives, {len(clusters)} clusters, {took:.1f} s")
        print("outcomes:", dict(sorted(outcomes.items())))
        for name, wanted in [("review or hold", {"review", "hold"}), ("hold", {"hold"})]:
            for part in ("all", "even", "odd"):
                chosen = {c: v for c, v in clusters.items() if part == "all" or half(c) == part}
                # A cluster counts by the part of its archives that is caught, so that one lucky hit is not a campaign.
                caught = sum(sum(o in wanted for *_, o in v) / len(v) for v in chosen.values())
                print(share(f"clusters at {name} ({part})", round(caught), len(chosen)))
        print(share("archives at review or hold", sum(outcomes[o] for o in ("review", "hold")), len(rows)))
        print("\n### missed")
        for cluster, members in sorted(clusters.items()):
            if arguments.only and half(cluster) != arguments.only:
                continue
            for row, verdict, outcome in members:
                if outcome not in ("review", "hold"):
                    score = verdict["score"] if verdict else -1
                    why = reasons(verdict) if verdict else ""
                    print(f"{half(cluster):<5}{row['sha256'][:12]} {outcome:<10} {score:5.1f} {row['filename']:<40} {why}")
        print("\n### rules by clusters they hit")
        by_rule = collections.defaultdict(set)
        for cluster, members in clusters.items():
            for _, verdict, _ in members:
                for finding in verdict["findings"] if verdict else []:
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
            if verdict:
                kept.append({"label": "benign", **row, **verdict})
        size = sum(path.stat().st_size for path in paths.values() if path.exists())
        print(f"\n## benign: {len(rows)} archives, {len(projects)} projects, {took:.1f} s, {size / took / 1e6:.1f} MB/s packed")
        print("outcomes:", dict(sorted(outcomes.items())))
        flagged = sum(any(o in ("review", "hold") for *_, o in v) for v in projects.values())
        held = sum(any(o == "hold" for *_, o in v) for v in projects.values())
        print(share("projects at review or hold", flagged, len(projects)))
        print(share("projects at hold", held, len(projects)))
        print("\n### false alarms and near ones")
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
            print("\n### gaps of benign archives")
            for (kind, detail), count in incomplete.most_common(20):
                print(f"{count:>5} {kind}: {detail}")
        print("\n### rules by benign projects they hit")
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
