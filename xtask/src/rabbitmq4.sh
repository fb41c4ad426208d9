# Unpacks RabbitMQ 4 of Debian 13, and all it needs, into a new folder, whose name is the one word.
#
# Packages come from where this machine's apt gets its own, by its proxies, and apt checks them by
# Debian's keys. They are unpacked and not installed: nothing of theirs is run, and nothing here is
# changed, so that it needs no root.
set -e
tree=$1 new=$1.new
keys=/usr/share/keyrings/debian-archive-keyring.gpg
if [ ! -e "$keys" ]; then
    echo "$keys is missing: it is in the package debian-archive-keyring" >&2
    exit 1
fi
# What an earlier run did not finish.
rm -rf "$new"
work=$new/work
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/none"
: >"$work/status"
cat >"$work/apt.conf" <<CONF
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::State::extended_states "$work/extended_states";
Dir::Cache "$work";
Dir::Cache::archives "$work/archives";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "$work/none";
Dir::Etc::preferences "$work/none/preferences";
Dir::Etc::preferencesparts "$work/none";
# The folder need not be one that others may write to.
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
# What this machine does after its own updates.
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
found=
for mirror in $KINOKO_DEBIAN_MIRROR $(apt-get indextargets --format '$(REPO_URI)' | grep -v security | sort -u); do
    echo "deb [signed-by=$keys] $mirror trixie main" >"$work/sources.list"
    if apt-get -c "$work/apt.conf" -qq update; then
        found=$mirror
        break
    fi
done
if [ -z "$found" ]; then
    echo "Debian 13 is at none of the places apt gets packages from: KINOKO_DEBIAN_MIRROR may name another" >&2
    exit 1
fi
# The rest is what a minimal system has: the scripts of RabbitMQ use it.
apt-get -c "$work/apt.conf" -qq --yes --no-install-recommends --download-only install \
    rabbitmq-server base-files base-passwd coreutils dash grep mawk sed
for package in "$work"/archives/*.deb; do
    dpkg-deb --extract "$package" "$new"
done
rm -rf "$work" "$new/usr/share/doc" "$new/usr/share/man" "$new/usr/share/locale"
# What the packages would have done when installed.
ln -sf mawk "$new/usr/bin/awk"
cp "$new/usr/share/base-passwd/passwd.master" "$new/etc/passwd"
cp "$new/usr/share/base-passwd/group.master" "$new/etc/group"
echo "127.0.0.1 localhost" >"$new/etc/hosts"
# Where a node's programs get what is outside.
mkdir -p "$new/proc" "$new/dev" "$new/mnt" "$new/tmp"
# Only what is whole has the name.
rm -rf "$tree"
mv "$new" "$tree"
