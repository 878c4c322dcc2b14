"""What servers that end all the time cost the process source, beside nobody and many others: `bench/run collector`."""
import os
import subprocess
import time

from agents import hubmeter
from crowd import strangers
from side_by_side import cost_of

WARM_UP = 12  # seconds: past the first sample


def end_servers(api_url, seconds):
    """For so long, ten servers a second that last 0.3 s."""
    living, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        environment = dict(os.environ, JUPYTERHUB_USER="user", JUPYTERHUB_SERVER_NAME=str(time.monotonic_ns()),
                           JUPYTERHUB_API_URL=api_url)
        living.append(subprocess.Popen(["sleep", "0.3"], env=environment))  # pylint: disable=consider-using-with
        living = [server for server in living if server.poll() is None]
        time.sleep(0.1)
    for server in living:
        server.wait()


def measure_ends(services, directory, seconds):
    print(f"collector: process source, ten servers end each second, {seconds} s each", flush=True)
    for others in (0, 1000):
        folder = os.path.join(directory, f"ends-{others}")
        os.mkdir(folder)
        api_url = f"http://127.0.0.1/hub/api/bench-{os.getpid()}-{others}"
        agent = hubmeter(services, folder, api_url, "processes")
        services.run("topic", agent.topic, "1")
        with strangers(others):
            agent.program.start()
            time.sleep(WARM_UP)
            before = cost_of(agent.pid())
            end_servers(api_url, seconds)
            percent = cost_of(agent.pid()).since(before).percent()
            print(f"  {others} others{percent:8.3f} % of one core", flush=True)
            agent.program.terminate()
