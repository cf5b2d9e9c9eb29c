#!/bin/sh
# What people give to `git bisect run`: build or skip, boot ten times, a panic in any boot is bad.
# The environment has BENCH_BUILD and BENCH_BOOT (directories; image and initramfs are in the second), BENCH_MAKE and
# BENCH_QEMU (command lines), BENCH_BOOTS, BENCH_COUNTS.
echo build >>"$BENCH_COUNTS"
{
    eval "$BENCH_MAKE olddefconfig" && eval "$BENCH_MAKE vmlinux"
} >"$BENCH_BUILD/log" 2>&1 || {
    echo failed >>"$BENCH_COUNTS"
    exit 125
}
cd "$BENCH_BOOT" || exit 255
for _ in $(seq "$BENCH_BOOTS"); do
    echo boot >>"$BENCH_COUNTS"
    eval "timeout 60 $BENCH_QEMU" >console 2>&1 </dev/null
    ! grep -q 'Kernel panic' console || exit 1
done
