"""How an iteration finds the nearest centers: one class for each ``algorithm=``.

An assigner has a ``name`` and ``step(centers, labels, sums)``, which brings ``labels`` to the
nearest of ``centers``, ties to the lowest index, moves the rows that changed in ``sums``, and
returns `Work`. Labels are -1 before the first step of a run; they may be another assigner's when a
run changes over. All assigners give the same labels and sums, bit for bit. What an assigner
remembers between steps is its own; it sees how far centers moved from the ``centers`` of its last
step, which may have moved anywhere in between. Before an assigner goes on after steps of another,
``restart()`` makes it forget labels and centers, and keep what it prepared of the rows alone.
"""
