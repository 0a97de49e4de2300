# read, test, printf, getopts, type and the others.
printf 'a b c\n' | { read x y; echo "[$x][$y]"; }
printf 'a\\\nb c\n' | { read x y; echo "[$x][$y]"; }
printf 'a\\b c\n' | { read -r x y; printf '%s\n' "[$x][$y]"; }
printf '  lead trail  \n' | { read x; echo "[$x]"; }
printf 'a:b:c:\n' | { IFS=: read x y; echo "[$x][$y]"; }
printf 'a:b:\n' | { IFS=: read x y; echo "[$x][$y]"; }
printf 'no newline' | { read x; echo "$? [$x]"; }
printf '1\n2\n3\n' | while read n; do echo $n; done
printf 'l1\nl2\n' | (read a; cat)
read x </dev/null; echo $?
t() { "$@"; echo -n "$? "; }
t [ a = a ]; t [ a = b ]; t [ a != b ]; t [ 1 -eq 01 ]; t [ 2 -gt 10 ]; t [ -n "" ]; t [ -z "" ]; t [ "" ]; t [ x ]; echo
t [ ! x ]; t [ ! "" ]; t [ -f . ]; t [ -d . ]; t [ -e nope ]; t [ ! -e nope ]; t test; t test x; t [ -n ]; t [ '!' = '!' ]; echo
t [ a = a -a b = b ]; t [ a = b -o b = b ]; t [ \( a = a \) ]; t [ ! a = a ]; t [ -n = -n ]; t [ "(" = "(" ]; echo
: >f; echo x >g; t [ -s f ]; t [ -s g ]; t [ -r g ]; t [ -x g ]; t [ g -ef ./g ]; t [ 3 -lt 4 ]; t [ 3 -ge 4 ]; t [ -1 -le 0 ]; echo
[ 1 = ] 2>/dev/null; [ a -eq 1 ] 2>/dev/null; echo $?
printf '%s %d %x %o %c|%5s|%-5s|%05d|%.2s|%%\n' str 42 255 8 char ab cd 42 abc
printf '%s-%s\n' a b c; printf 'no args\n'; printf '%d %s\n'; printf '\t\101\\n\n'; printf '%b\n' 'a\tb\0101'
printf '%s\n' "a b" c; printf '%*d|%-*d|\n' 5 42 5 42; printf '%d\n' 0x10 010 "'A"; printf '%u %i\n' 7 -7
printf 'x%by' 'stop\chere'; echo; printf "%s" ''; printf '[%s]\n' ''
o() { OPTIND=1; while getopts ab:c n; do echo "$n ${OPTARG:-none}"; done; shift $((OPTIND - 1)); echo "rest $*"; }
o -a -b val x y; o -ab val -c; o -bval -- -a; o x; o -abc -- -
OPTIND=1; while getopts :xy: n -x -q -y; do echo "$n $OPTARG"; done
type cd >/dev/null && echo known; command -v echo; command -v nosuch; echo $?; command -v if; command echo via command
f() { echo function; }; command -v f; cd() { echo my cd; }; cd; command cd / && pwd; unset -f cd
echo -n no newline; echo; echo a   b; echo
true; echo $?; false; echo $?; :; echo $?
set -- 1 2 3; shift 2; echo $1; (shift 5) 2>/dev/null; echo "shift $?"
nosuchcommand 2>/dev/null; echo $?; /nowhere/x 2>/dev/null; echo $?; cd "$OLDPWD"; ./g 2>/dev/null; echo $?
echo 'echo script ran with $1' >scr; chmod +x scr; ./scr arg; PATH=.:$PATH; scr path
kill -l 15; kill -l 130
(exec echo replaced; echo never); (exec nosuch) 2>/dev/null; echo $?
. /nowhere 2>/dev/null
echo never
