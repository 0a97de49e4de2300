# Pipelines: order, status, builtins and compound commands in them.
echo one two three | wc -w | tr -d ' '
printf 'b\na\nc\n' | sort | head -n 2
true | false; echo $?
false | true; echo $?
! false; echo $?
! true | false; echo $?
echo x | { read a; echo "got $a"; }
echo lost | read a; echo "a=$a"
for i in 3 1 2; do echo $i; done | sort
i=0
while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done | (while read n; do echo "n$n"; done)
f() { cat; echo end; }
echo body | f | cat
echo a |
	cat | # a comment does not end it
	cat
printf '%s\n' a b c d | head -n 1
i=0; while [ $i -lt 2000 ]; do echo "line number $i of many"; i=$((i + 1)); done | wc -l | tr -d ' '
echo err >&2 2>/dev/null | cat
(echo in; exit 3) | cat; echo $?
cat </dev/null | wc -c | tr -d ' '
echo a | cat - | cat | cat | cat | cat | cat
(exit 7) | (exit 8); echo $?
