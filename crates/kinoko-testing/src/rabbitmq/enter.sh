# Runs a program in a tree of another system's files. Words: the tree, the node's folder, the program
# and what goes to it. Whoever calls has put us into a mount namespace of our own, so what is mounted
# here is seen by that program alone, and is gone when it ends.
set -e
tree=$1 folder=$2
shift 2
mount --rbind /proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount --bind "$folder" "$tree/mnt"
exec chroot "$tree" "$@"
