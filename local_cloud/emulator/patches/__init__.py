"""The patches of the emulators, one function per rule of AWS; its docstring names the rule and what the emulator does
instead.

LOCAL_CLOUD_WITHOUT=name,name leaves patches out, to see whether a newer emulator still needs them. Each has a test in
tests/conformance.
"""
