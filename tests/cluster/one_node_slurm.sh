#!/bin/sh
# Starts (or stops) a Slurm cluster of one node on this machine, from Debian's packages.
# Needs root. Writes /etc/slurm/slurm.conf, and nothing else outside the packages' own folders.
#
#   one_node_slurm.sh start | stop
set -eu

start() {
    if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge
    fi
    host=$(hostname -s)
    cores=$(nproc)
    megabytes=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
    mkdir -p /etc/slurm /run/munge /var/spool/slurmctld /var/spool/slurmd /var/log/slurm
    cat >/etc/slurm/slurm.conf <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
KillWait=5
MinJobAge=3600
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores RealMemory=$megabytes State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
CONF
    [ -s /etc/munge/munge.key ] || mungekey --create --keyfile=/etc/munge/munge.key
    chown -R munge: /etc/munge /run/munge /var/lib/munge /var/log/munge
    chmod 755 /run/munge
    munge -n >/dev/null 2>&1 || runuser -u munge -- munged
    pgrep -x slurmctld >/dev/null || slurmctld -i
    pgrep -x slurmd >/dev/null || slurmd
    for _ in $(seq 60); do
        sinfo -h -o %T 2>/dev/null | grep -Eq 'idle|mixed|allocated' && exit 0
        scontrol update nodename="$host" state=resume 2>/dev/null || true
        sleep 1
    done
    echo "Slurm did not come up:" >&2
    sinfo >&2 || true
    tail -n 5 /var/log/slurm/*.log >&2 || true
    exit 1
}

stop() {
    # Only daemons of ours: their numbers stand in the files that they wrote.
    for file in /run/slurmd.pid /run/slurmctld.pid /run/munge/munged.pid; do
        [ -s "$file" ] && kill "$(cat "$file")" 2>/dev/null || true
    done
}

case "${1:-}" in
    start) start ;;
    stop) stop ;;
    *) echo "usage: $0 start | stop" >&2; exit 2 ;;
esac
