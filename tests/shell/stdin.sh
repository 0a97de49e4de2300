# A script on standard input: commands in it read what follows them.  dash: reads ahead
echo 'read x; echo "[$x]"
data line
echo after' | sh
echo 'cat
all of
this' | sh
echo '. ./part
echo after
while read a b; do echo "<$b>"; done
1 2
3 4' >main; echo 'read y; echo part $y' >part
sh <main
