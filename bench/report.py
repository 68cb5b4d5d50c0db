"""Results as Markdown and JSON."""

import dataclasses
import json
import platform
import os
import statistics
import time

from figures import FIGURES

PEER = "java"


def _number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _cell(samples):
    """The median and, in percent of it, how far the samples lie apart."""
    if not samples:
        return "–"
    values = [sample.value for sample in samples]
    median = statistics.median(values)
    noise = (max(values) - min(values)) / 2 / median * 100 if median else 0
    return f"{_number(median)} ±{noise:.0f}%"


def _median(samples, field="value"):
    values = [getattr(sample, field) for sample in samples or () if getattr(sample, field) is not None]
    return statistics.median(values) if values else None


def _verdict(figure, value, peer_value):
    if value is None:
        return "–"
    met = figure.is_met(value, peer_value)
    ratio = f"{value / peer_value:.2g}x" if peer_value else ""
    return f"{ratio} {'' if met is None else 'met' if met else '**missed**'}".strip()


def _row(cells):
    return f"| {' | '.join(cells)} |"


def table(results, servers):
    """One line per figure that was measured: value and noise of every server, then ratio and verdict of Millrace's."""
    own = [name for name in servers if name != PEER]
    lines = [_row(["Figure", "Unit", *servers.values(), *(f"{servers[name]} : Java" for name in own), "Target"])]
    lines.append(_row(["---"] * (len(servers) + len(own) + 3)))
    for figure in FIGURES.values():
        measured = results.get(figure.name)
        if measured:
            peer_value = _median(measured.get(PEER))
            verdicts = [_verdict(figure, _median(measured.get(name)), peer_value) for name in own]
            lines.append(_row([figure.name, figure.unit, *(_cell(measured.get(name)) for name in servers), *verdicts,
                               figure.target]))
    return "\n".join(lines)


def details(results, servers):
    """CPU seconds of server and client, and the time that passed, medians of one repetition; where it was measured, the
    highest floor (floor.py), in the unit of the figure. Servers compare only where their floors do."""
    lines = [_row(["Figure", *(f"{title}: server CPU / client CPU / elapsed s (floor)" for title in servers.values())])]
    lines.append(_row(["---"] * (len(servers) + 1)))
    for name in FIGURES:
        measured = results.get(name, {})
        if any(_median(samples, "server_cpu_seconds") is not None for samples in measured.values()):
            lines.append(_row([name, *(_detail_cell(measured.get(server)) for server in servers)]))
    return "\n".join(lines)


def _detail_cell(samples):
    fields = ("server_cpu_seconds", "client_cpu_seconds", "seconds")
    values = [_median(samples, field) for field in fields]
    floors = [sample.floor for sample in samples or () if sample.floor is not None]
    text = " / ".join("–" if value is None else f"{value:.2f}" for value in values)
    return f"{text} ({max(floors):.2f})" if floors else text


def missed(results, servers):
    """["figure, server"] of the targets that were not reached"""
    found = []
    for name, measured in results.items():
        for server, samples in measured.items():
            if server != PEER and FIGURES[name].is_met(_median(samples), _median(measured.get(PEER))) is False:
                found.append(f"{name}, {servers[server]}")
    return found


def machine():
    return {"cores": os.cpu_count(), "kernel": platform.release(), "load_average": os.getloadavg()[0]}


def write_json(folder, results, size):
    """Every sample, for comparisons over time."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{time.strftime('%Y-%m-%dT%H-%M-%S')}.json"
    content = {
        "machine": machine(),
        "size": dataclasses.asdict(size),
        "results": {name: {"unit": FIGURES[name].unit,
                           "servers": {server: [dataclasses.asdict(sample) for sample in samples]
                                       for server, samples in measured.items()}}
                    for name, measured in results.items()},
    }
    file.write_text(json.dumps(content, indent=1))
    return file
