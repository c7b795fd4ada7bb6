"""How fast Playhouse is: speed.py ATOLL REPEATS SECONDS FOLDER COMMAND writes the study's results.

Runs `atoll bench world`, `pool` and `remote`, and steps a served world from Python for SECONDS a repeat.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time

from origin import origin, told, write_results

import atoll

IN_FLIGHT = 8
BENCHES = ["world", "pool", "remote"]


def python_rate(program: str, repeats: int, seconds: float) -> dict:
    """Steps a second of a VectorEnv, one request of each environment under way: as a figure of `atoll bench`."""
    server = subprocess.Popen([program, "serve", "playhouse", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        address = json.loads(server.stdout.readline())["address"]
        envs = atoll.VectorEnv(address, IN_FLIGHT)
        envs.action_space.seed(1)
        actions = [envs.action_space.sample() for _ in range(256)]
        envs.reset(seed=1)
        rates = []
        for _ in range(repeats + 1):
            steps, begin = 0, time.perf_counter()
            while time.perf_counter() - begin < seconds:
                envs.step(actions[steps % len(actions)])
                steps += 1
            rates.append(IN_FLIGHT * steps / (time.perf_counter() - begin))
        envs.close()
    finally:
        server.terminate()
        server.wait()
    rates = rates[1:]  # the first one warms up
    name = f"room: VectorEnv, {IN_FLIGHT} in flight"
    return {"name": name, "value": statistics.median(rates), "unit": "1/s", "low": min(rates), "high": max(rates)}


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def page_of(found: dict) -> str:
    lines = [
        "# How fast is Playhouse?",
        "",
        told(found),
        "",
        f"Median [least .. most] of {found['repeats']} repeats. Steps include four ticks of physics, the verdict, the picture "
        "and the resets between episodes; actions are those of a human-like expert. One core, but for the pool's second "
        "thread and the servers'.",
    ]
    for bench, figures in found["figures"].items():
        lines += ["", f"## {bench}", "", "| | median | least .. most | |", "|---|---|---|---|"]
        for f in figures:
            lines.append(f"| {f['name']} | {number(f['value'])} | {number(f['low'])} .. {number(f['high'])} | {f['unit']} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    program, repeats, seconds, folder, command = sys.argv[1:]
    figures = {}
    for bench in BENCHES:
        print(f"atoll bench {bench}", file=sys.stderr)
        run = subprocess.run(
            [program, "bench", bench, "--repeats", repeats, "--json"], check=True, stdout=subprocess.PIPE, text=True
        )
        figures[bench] = json.loads(run.stdout)["figures"]
    print("from Python", file=sys.stderr)
    figures["python"] = [python_rate(program, int(repeats), float(seconds))]
    found = {**origin(command), "repeats": int(repeats), "figures": figures}
    write_results(pathlib.Path(folder), found, page_of(found))


main()
