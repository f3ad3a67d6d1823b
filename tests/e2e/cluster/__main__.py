"""A real Kubernetes node for tests, without Docker.

python -m tests.e2e.cluster tools            bring the programs that are missing (the first time some minutes)
python -m tests.e2e.cluster up [--provide]   bring the node up; --provide allows what `tools` does
python -m tests.e2e.cluster down             end it and leave nothing behind
python -m tests.e2e.cluster env              print what a shell needs: eval "$(python -m tests.e2e.cluster env)"
python -m tests.e2e.cluster load ARCHIVE     bring an image onto the node
python -m tests.e2e.cluster recycle          offer volumes again whose claims are gone
python -m tests.e2e.cluster stop|kill|start|restart COMPONENT
"""

import sys
from pathlib import Path

from tests.e2e.cluster import images, node, places, thin, tools, volumes
from tests.e2e.cluster.errors import ClusterError
from tests.e2e.cluster.saying import say


def main(arguments: list[str]) -> int:
    """Do what the first argument asks for."""
    try:
        match arguments:
            case ["tools"]:
                with node.alone():
                    tools.provide()
                    tools.provide_builder()
            case ["up"] | ["up", "--provide"]:
                node.up(provide="--provide" in arguments)
            case ["down"]:
                node.down()
            case ["env"]:
                print(f"export KUBECONFIG={places.KUBECONFIG} PATH={places.PROGRAMS}:{places.UNPACKED}/usr/bin:$PATH")
            case ["load", archive]:
                say(f"loaded {', '.join(images.load(Path(archive)))}")
            case ["thin"]:
                print(thin.load())
            case ["recycle"]:
                say(f"{volumes.recycle()} volumes are free again")
            case ["stop", name]:
                node.stop(name)
            case ["kill", name]:
                node.stop(name, kill=True)
            case ["start", name]:
                node.start(name)
            case ["restart", name]:
                node.stop(name)
                node.start(name)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except ClusterError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
