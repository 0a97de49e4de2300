# Compound commands.
if true; then echo 1; fi
if false; then echo 1; elif false; then echo 2; elif true; then echo 3; else echo 4; fi
if ! true; then echo no; else echo else; fi
if false; then :; fi; echo "if $?"
i=0; while [ $i -lt 5 ]; do i=$((i + 1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo w$i; done
until [ $i -le 1 ]; do echo u$i; i=$((i - 1)); done
for a in x y; do for b in 1 2 3; do [ $b = 2 ] && continue 2; echo $a$b; done; done
for a in 1 2 3; do while :; do break 2; done; echo never; done; echo out
for a in; do echo never; done; echo "empty $?"
set -- p q; for a; do echo $a; done; for a do echo $a; done
for a in "$@" r
do
	echo $a
done
while false; do :; done; echo "while $?"
{ echo brace; }; (echo sub; exit 3); echo $?
x=1; (x=2; echo $x); echo $x; { x=3; }; echo $x
true && echo and || echo or; false && echo and || echo or; false || false || echo third; true || echo no && echo yes
case $x in 1) echo one ;; 3) echo three; echo more ;; *) echo other ;; esac
case z in a) ;; esac; echo "case $?"
f() { echo "f: $1 $#"; return 5; echo never; }; f a b; echo $?
g() if [ "$1" -gt 0 ]; then echo $1; g $(($1 - 1)); fi
g 3
h() (x=changed; echo $x); h; echo $x
f() { echo new f; }; f; unset -f f; f 2>/dev/null; echo $?
set -- a b; k() { set -- z; echo $1 $#; }; k 1 2 3; echo $1 $#
r() { return; }; false; r; echo $?
l() { local v=in; echo $v; }; v=out; l; echo $v
n() { for q in 1 2 3; do [ $q = 2 ] && return 9; echo $q; done; }; n; echo $?
s() { shift; echo $*; }; s 1 2 3
if true; then
	# a comment
	if true; then echo nested; fi # another

fi
while true; do case x in x) break;; esac; done; echo broke
for i in 1 2; do
	{ echo $i; } && (echo sub $i)
done
eval 'echo ev$x; y=7'; echo $y; eval; echo $?; eval "for i in 1 2; do echo e\$i; done"
if (exit 3); then :; else echo "st $?"; fi
: && { false; } || echo chain
t() { echo t; } ; t && t; ! t; echo $?
echo a; echo b & wait; echo c
sleep 0 & wait $!; echo $?
(exit 6) & wait $!; echo $?
false & wait; echo $?
a() { b; }; b() { echo late; }; a
exit 12
echo never
