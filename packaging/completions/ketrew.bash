# Completion of ketrew and ketrewd, for bash. It asks the programs themselves what they take, so it is
# as new as they are; ids and names come from the daemon, which has two seconds to answer.

# What a program's --help lists: its commands, or the options of one command. Each option is followed by
# the word for its value, if it takes one: "--format FORMAT".
_ketrew_commands() { "$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'; }
_ketrew_options() {
  "$1" "$2" --help 2>/dev/null |
    sed -n 's/^  \(-[A-Za-z],\)\{0,1\}\(--[a-z-]*\)\( [A-Z][A-Z|=]*\)\{0,1\} .*/\1\2\3/p'
}
_ketrew_ask() { timeout 2 "$@" 2>/dev/null </dev/null; }
_ketrew_ids() { _ketrew_ask ketrew status --limit 200 | awk 'length($1) == 26 && $1 !~ /[^0-9a-z]/ { print $1 }'; }
_ketrew_backends() { _ketrew_ask ketrewd backends | awk 'NR > 1 { print $1 }'; }

_ketrew() {
  local program=$1 word=$2 before=$3 command=${COMP_WORDS[1]} i value="" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="$(_ketrew_commands "$program") --help --version"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    return
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do  # a job's own words: programs, then files
    [ "${COMP_WORDS[i]}" = -- ] || continue
    [ "$i" -eq $((COMP_CWORD - 1)) ] && mapfile -t COMPREPLY < <(compgen -c -- "$word")
    compopt -o default 2>/dev/null
    return
  done
  case $before in
    -*) value=$(_ketrew_options "$program" "$command" |
      awk -v option="$before" '{ split($1, names, ","); for (i in names) if (names[i] == option) print $2 }') ;;
  esac
  case $value in
    "") ;;
    ID) words=$(_ketrew_ids) ;;
    BACKEND) words=$(_ketrew_backends) ;;
    FORMAT) words="text dot mermaid" ;;
    STATE) words="passive active evaluating blocked queued starting running verifying killing succeeded
      already-done failed start-failed condition-failed not-ensured dependency-failed killed kill-failed lost" ;;
    *) compopt -o default 2>/dev/null; return ;;  # most are files; the rest is up to the user
  esac
  if [ -z "$value" ]; then
    case $word in
      -*) words=$(_ketrew_options "$program" "$command" | sed 's/^-.,//; s/ .*//') ;;
      *) case ${program##*/}:$command in
           ketrew:submit | ketrewd:backup) compopt -o default 2>/dev/null; return ;;
           ketrewd:backends) words=$(_ketrew_backends) ;;
           ketrewd:*) ;;
           *) words=$(_ketrew_ids) ;;
         esac ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _ketrew ketrew ketrewd
