#!/bin/sh
# Makes the installed packages the kiosk's system: the person, her languages,
# and nothing that another build would make differently. Runs on the build host
# with the new root as its argument; needs nothing of the host but a shell.
set -eu
root=$1

# The person of every session. There is no password anywhere.
chroot "$root" groupadd --gid 1000 personne
chroot "$root" useradd --uid 1000 --gid 1000 --groups video,render,audio --create-home --skel /nonexistent --shell /usr/sbin/nologin personne
install -d -o 1000 -g 1000 -m 0700 "$root/home/personne"

printf '%s UTF-8\n' fr_FR.UTF-8 en_GB.UTF-8 ar_EG.UTF-8 >"$root/etc/locale.gen"
chroot "$root" locale-gen >/dev/null
echo mallette >"$root/etc/hostname"
printf '127.0.0.1 localhost mallette\n' >"$root/etc/hosts"
mkdir -p "$root/etc/chromium/policies/managed" "$root/etc/chromium/policies/recommended" "$root/perm"

# Words in languages that no page is written in, and what only a packager reads.
find "$root/usr/share/locale" -mindepth 1 -maxdepth 1 ! -name 'fr*' ! -name 'en*' ! -name 'ar*' ! -name locale.alias -exec rm -rf {} +
find "$root/usr/lib/chromium/locales" -name '*.pak*' ! -name 'fr*' ! -name 'en-*' ! -name 'ar*' -delete
find "$root/usr/share/doc" -mindepth 2 ! -name copyright -delete 2>/dev/null || true
rm -rf "$root/usr/share/man" "$root/usr/share/info" "$root/usr/share/lintian" "$root/usr/share/bug" "$root/usr/share/i18n"
rm -f "$root/usr/bin/sudo" "$root/usr/bin/su" "$root/usr/bin/chsh" "$root/usr/bin/chfn" "$root/usr/bin/newgrp" "$root/usr/bin/gpasswd"

# What a build leaves behind.
rm -rf "$root"/var/log/* "$root"/var/cache/apt "$root"/var/cache/debconf "$root"/var/lib/apt "$root"/var/cache/ldconfig "$root"/tmp/* "$root"/run/*
rm -f "$root"/etc/passwd- "$root"/etc/group- "$root"/etc/shadow- "$root"/etc/gshadow- "$root"/etc/subuid* "$root"/etc/subgid* "$root"/etc/.pwd.lock
rm -f "$root"/etc/resolv.conf "$root"/etc/apt/sources.list "$root"/var/lib/dpkg/*-old "$root"/var/lib/dpkg/lock* "$root"/var/lib/dbus/machine-id
: >"$root/etc/machine-id"
sed -i 's/^\([^:]*:[^:]*\):[0-9]*:/\1:20000:/' "$root/etc/shadow"

# The fonts' index holds the times of their folders: set them first, as the
# image will have them.
rm -rf "$root"/var/cache/fontconfig/*
age() {
	find "$root" -xdev \( -path "$root/proc" -o -path "$root/sys" -o -path "$root/dev" \) -prune -o \
		-newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}
age
chroot "$root" fc-cache -f
age
