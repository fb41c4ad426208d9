# Installs Debian packages without starting what they bring: the tests run their own.
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update
apt-get install --yes --no-install-recommends "$@"
case " $* " in
*" rabbitmq-server "*)
    # Installed for tests alone: it need not start with the machine either.
    if [ -d /run/systemd/system ]; then systemctl disable rabbitmq-server || true; fi
    ;;
esac
