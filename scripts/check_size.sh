#!/bin/sh
# Refuses staged files over 4 MB: weights and corpora do not belong in the repository.
status=0
for file in "$@"; do
  if [ -f "$file" ] && [ "$(wc -c < "$file")" -gt 4194304 ]; then
    echo "$file is over 4 MB" >&2
    status=1
  fi
done
exit $status
