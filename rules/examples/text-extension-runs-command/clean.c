#include <Python.h>
#include <stdlib.h>

/* The tables came from a server: curl https://tables.test/all */
static struct PyModuleDef speed = {PyModuleDef_HEAD_INIT, "speed", NULL, -1, NULL};

static int clear_screen(void)
{
    return system("clear");
}

PyMODINIT_FUNC PyInit_speed(void)
{
    return PyModule_Create(&speed);
}
