"""The patches of the emulators, one function per rule of AWS; how a patch gets in is in local_cloud.emulator.editing.

They are written for ministack 1.5.33 and moto 5.2.5. The docstring of each has the rule in its first line, and
- Source: where AWS documents it,
- Upstream: what in the emulator does otherwise, and how,
- Remove when: what the emulator must do for the patch to go, and the module of tests/conformance that shows it.

After an update of an emulator `python tests/conformance/without.py` tells which patches are no longer needed: it leaves
out one after the other (LOCAL_CLOUD_WITHOUT=name,name) and runs the tests that are marked with its name.
"""
