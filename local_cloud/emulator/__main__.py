"""`python -m local_cloud.emulator aws|governance`: serve one emulator with its patches until SIGTERM."""

import sys

if __name__ == "__main__":
    if sys.argv[1] == "aws":
        from local_cloud.emulator.aws import serve
    else:
        from local_cloud.emulator.governance import serve
    serve()
